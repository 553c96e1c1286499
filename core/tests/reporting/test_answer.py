"""The answer in one sentence: no winner where the pair verdicts do not name one."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from fwcompare.model.ports import Report
from fwcompare.model.summary import PairSummary, PairVerdict
from fwcompare.reporting.answer import PairBook, answer, answer_parts, level_words, mirrored, pair_sentences
from fwcompare.reporting.league import load_groups

Make = Callable[..., Report]
Target = Callable[..., Any]


def test_a_winner_is_named_with_the_uncertainty_and_what_is_not_ranked(make_report: Make) -> None:
    assert answer(make_report()) == (
        "axum is fastest at 10 connections: at least 5.94x (95 % interval 5.77 to 6.12) the throughput of "
        "fastapi-asyncpg, the next. Not ranked: django (failed), wsgi-sync (unsupported)."
    )


def test_too_few_repeats_name_nobody(make_report: Make) -> None:
    assert answer(make_report(blocks=1)) == (
        "No winner at 10 connections: too few repeats to rank (1 block with both, 3 are needed); the highest "
        "throughput was that of axum, at least 9,740 req/s, without an interval. Not ranked: django (failed), "
        "wsgi-sync (unsupported)."
    )


def test_every_workload_is_answered_with_its_own_uncertainty(make_report: Make, make_target: Target) -> None:
    made = (make_target("axum", 500), make_target("falcon", 100), make_target("wsgi", 1, unsupported="no event loop"))

    assert answer_parts(make_report(made, workloads=("users", "io"))) == [
        (
            "On users, axum is fastest at 10 connections: 5.00x (95 % interval 4.92 to 5.08) the throughput of falcon, "
            "the next. Not ranked: wsgi (unsupported)."
        ),
        (
            "On io, axum is fastest at 10 connections: 5.00x (95 % interval 4.92 to 5.08) the throughput of falcon, "
            "the next. Not ranked: wsgi (unsupported)."
        ),
    ]


def test_of_every_workload_the_reason_is_said_why_there_is_no_winner_and_no_ratio_without_an_interval(
    make_report: Make, make_target: Target
) -> None:
    report = make_report((make_target("go", 8000), make_target("node", 6000)), workloads=("users", "io"), blocks=1)
    noisy = [
        cell.model_copy(update={"verdict": "noisy"}) if cell.workload == "io" else cell for cell in report.summary.cells
    ]
    disturbed = report.summary.model_copy(update={"cells": noisy, "status": "interrupted"})

    users, io = answer_parts(replace(report, summary=disturbed))

    assert users == (
        "Interrupted, so from part of the trials: on users, no winner at 10 connections: too few repeats to rank "
        "(1 block with both, 3 are needed); the highest throughput was that of go, 8,032 req/s, without an interval."
    )
    assert io == (
        "On io, no winner at 10 connections: too few repeats to rank (1 block with both, 3 are needed), and the host "
        "disturbed every block; the highest throughput was that of go, 201 req/s, without an interval."
    )


def test_several_workloads_at_several_loads_have_load_points_of_their_own(
    make_report: Make, make_target: Target
) -> None:
    made = (make_target("axum", 500), make_target("falcon", 100))

    parts = answer_parts(make_report(made, workloads=("users", "io"), connections=(10, 50)))

    assert [part.partition(" (")[0] for part in parts] == [
        "On users, axum is fastest at each of the 2 load points",
        "On io, axum is fastest at each of the 2 load points",
    ]


def test_loads_are_named_by_what_tells_them_apart(make_report: Make) -> None:
    (group,) = load_groups(make_report())
    slow, fast, wide = (
        replace(group, load=group.load.model_copy(update={"rate": rate, "connections": connections}))
        for rate, connections in ((200.0, 10), (400.0, 10), (400.0, 50))
    )

    assert level_words([group], [group]) == "10 connections"
    assert level_words([slow, fast], [slow, fast]) == "200 and 400 req/s"
    assert level_words([wide], [slow, fast, wide]) == "400 req/s over 50 connections"


def test_pairs_of_several_workloads_stand_under_their_workload(make_report: Make, make_target: Target) -> None:
    report = make_report((make_target("axum", 500), make_target("falcon", 100)), workloads=("users", "io"))

    assert pair_sentences(report) == [
        ("users, 10 connections", ["axum is 5.00x (4.92 to 5.08) falcon in throughput: faster"]),
        ("io, 10 connections", ["axum is 5.00x (4.92 to 5.08) falcon in throughput: faster"]),
    ]


def test_equal_targets_have_no_winner(make_report: Make, make_target: Target) -> None:
    # Names of equal length scatter alike, so that the two are equal in every block.
    said = answer(make_report((make_target("one", 100), make_target("two", 100))))

    assert said.startswith("No winner at 10 connections: one is 1.00x (1.00 to 1.00) two in throughput: equivalent (")


def test_a_refused_pair_leaves_no_overall_winner(make_report: Make, make_target: Target) -> None:
    made = (make_target("best", 500), make_target("next", 300), make_target("errs", 100, errors=0.05))

    assert answer(make_report(made)) == (
        "No overall winner at 10 connections: best is 5.00x (5.00 to 5.00) errs in throughput: no winner is named "
        "(error rates differ by 5 percentage points, and at most 0.1 may be: an error can be a cheap answer); "
        "best is faster than next."
    )


def test_one_valid_target_stands_alone(make_report: Make, five_targets: tuple[Any, ...]) -> None:
    assert answer(make_report(five_targets[2:4])) == (
        "fastapi-asyncpg served 1,639 (1,619 to 1,658) req/s at 10 connections, and nothing valid stands beside it. "
        "Not ranked: django (failed)."
    )


def test_no_valid_target_is_said_plainly(make_report: Make, five_targets: tuple[Any, ...]) -> None:
    assert answer(make_report(five_targets[3:])) == (
        "No target gave a valid result. Not ranked: django (failed), wsgi-sync (unsupported)."
    )


def test_an_interrupted_run_says_so_first(make_report: Make) -> None:
    report = make_report()
    cut = replace(report, summary=report.summary.model_copy(update={"status": "interrupted"}))

    assert answer(cut).startswith("Interrupted, so from part of the trials: axum is fastest")


def test_several_load_points_are_one_sentence(make_report: Make, make_target: Target) -> None:
    made = (make_target("axum", 500), make_target("falcon", 100))  # names of unlike length scatter differently

    assert answer(make_report(made, connections=(10, 50, 100))) == (
        "axum is fastest at each of the 3 load points (5.00x the next; 95 % intervals from 4.92 to 5.08)."
    )


def test_an_answer_that_depends_on_the_load_names_the_loads(make_report: Make, make_target: Target) -> None:
    made = (make_target("axum", 500), make_target("flux", 100, errors=0.0006))

    assert answer(make_report(made, connections=(10, 50))) == (
        "axum is fastest at 10 connections (5.00x the next; 95 % intervals from 5.00 to 5.00); no winner at 50 "
        "connections: axum is 5.00x (5.00 to 5.00) flux in throughput: no winner is named (error rates differ by 0.299 "
        "percentage points, and at most 0.1 may be: an error can be a cheap answer)."
    )


def test_each_pair_of_neighbours_has_a_sentence(make_report: Make) -> None:
    ((load, sentences),) = pair_sentences(make_report())

    assert load == "10 connections"
    assert sentences == [
        "axum is at least 5.94x (5.77 to 6.12) fastapi-asyncpg in throughput: faster",
        "fastapi-asyncpg is 5.40x (5.37 to 5.44) fastapi in throughput: faster (block 4 left out)",
    ]


@pytest.mark.parametrize(("verdict", "other"), [("faster", "slower"), ("equivalent", "equivalent")])
def test_a_pair_can_be_read_from_either_side(verdict: PairVerdict, other: PairVerdict) -> None:
    pair = PairSummary(
        a="x", b="y", metric="throughput_rps", ratio=4, low=2, high=8, blocks=5, verdict=verdict, reason="why"
    )

    seen = mirrored(pair)

    assert (seen.a, seen.b, seen.ratio, seen.low, seen.high) == ("y", "x", 0.25, 0.125, 0.5)
    assert (seen.verdict, seen.reason, mirrored(seen)) == (other, "why", pair)


def test_a_pair_without_a_ratio_is_told_without_one(make_report: Make) -> None:
    report = make_report()
    pair = report.summary.pairs[0].model_copy(
        update={"ratio": None, "low": None, "high": None, "verdict": "refused", "reason": "a ratio to 0"}
    )

    said = PairBook(report).sentence(pair)

    assert said == "fastapi against axum in throughput: no winner is named (a ratio to 0)"


def test_many_pairs_with_too_few_repeats_are_told_once(make_report: Callable[..., Report]) -> None:
    report = make_report()
    unjudged = [
        each.model_copy(update={"verdict": "too few repeats", "reason": "1 block with both, 3 are needed"})
        for each in report.summary.pairs
    ]
    few = replace(report, summary=report.summary.model_copy(update={"pairs": unjudged}))
    assert all("too few repeats" in sentence for _, sentences in pair_sentences(few) for sentence in sentences)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("fwcompare.reporting.answer._FEW", 1)
        ((label, (sentence,)),) = pair_sentences(few)
    assert label == ""
    assert sentence.endswith("is judged, for too few repeats: 1 block with both, 3 are needed")
    assert sentence.startswith("None of ")
