"""Verdicts of pairs: what is matched, what is said, and when nothing may be said."""

import math
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fwcompare.model.summary import Metric, PairSummary
from fwcompare.stats.contenders import Contender
from fwcompare.stats.pairs import compare

SCATTER = (0.0, 0.01, -0.01, 0.005, -0.005, 0.002)


def contender(
    key: str,
    figures: Mapping[int, float],
    *,
    lost: tuple[int, ...] = (),
    error_rate: float | None = 0.0,
    lower_bound: bool = False,
) -> Contender:
    return Contender(key, figures, frozenset(figures) | set(lost), error_rate, lower_bound)


def steady(mean: float, *, blocks: int = 6, scatter: float = 1.0) -> dict[int, float]:
    return {block + 1: mean * math.exp(scatter * SCATTER[block]) for block in range(blocks)}


def level(mean: float, *, blocks: int = 6) -> dict[int, float]:
    return dict.fromkeys(range(1, blocks + 1), mean)


def judge(a: Contender, b: Contender, metric: Metric = "throughput_rps", *, margin: float = 0.02) -> PairSummary:
    (pair,) = compare([a, b], metric, confidence=0.95, margin=margin)
    return pair


def test_more_throughput_is_faster_and_the_mirrored_pair_slower() -> None:
    axum, django = contender("axum", steady(500)), contender("django", level(100))

    assert judge(axum, django).verdict == "faster"
    assert judge(axum, django).ratio == pytest.approx(5, rel=0.01)
    assert judge(django, axum).verdict == "slower"


def test_less_cpu_per_request_is_better() -> None:
    axum, django = contender("axum", steady(0.1)), contender("django", level(3))

    assert judge(axum, django, "cpu_ms_per_request").verdict == "faster"
    assert judge(django, axum, "cpu_ms_per_request").verdict == "slower"


def test_a_difference_within_the_margin_is_equivalent_and_says_by_which_interval() -> None:
    pair = judge(contender("a", steady(100.2, scatter=0.5)), contender("b", level(100)))

    assert pair.verdict == "equivalent"
    assert pair.reason.startswith("the 90 % interval, ")
    assert pair.reason.endswith("lies within the margin of 2 %")


def test_a_difference_that_may_be_smaller_than_the_margin_only_differs() -> None:
    pair = judge(contender("a", steady(102)), contender("b", level(100)))

    assert pair.verdict == "differs"
    assert pair.reason == "the difference may be smaller than the margin of 2 %"


def test_wide_scatter_is_inconclusive() -> None:
    pair = judge(contender("a", steady(102, scatter=8)), contender("b", level(100)))

    assert pair.verdict == "inconclusive"
    assert pair.low is not None
    assert pair.high is not None
    assert pair.low < 1 < pair.high


@pytest.mark.parametrize("blocks", [1, 2])
def test_below_three_blocks_nobody_is_ranked(blocks: int) -> None:
    pair = judge(contender("a", steady(500, blocks=blocks)), contender("b", level(100, blocks=blocks)))

    assert pair.verdict == "too few repeats"
    assert pair.reason == f"{blocks} block{'s' * (blocks > 1)} with both, 3 are needed"
    assert pair.ratio == pytest.approx(5, rel=0.01)
    assert (pair.low is None) is (blocks == 1)


def test_without_a_common_block_there_is_no_ratio() -> None:
    pair = judge(contender("a", {1: 5.0}, lost=(2,)), contender("b", {2: 5.0}, lost=(1,)))

    assert (pair.verdict, pair.ratio, pair.blocks) == ("too few repeats", None, 0)
    assert pair.reason == "no block holds a valid trial of both; blocks 1, 2 left out"


def test_no_scatter_at_all_does_not_break_the_verdict() -> None:
    assert judge(contender("a", level(200)), contender("b", level(100))).verdict == "faster"
    assert judge(contender("a", level(100)), contender("b", level(100))).verdict == "equivalent"


def test_trials_meet_by_block_and_never_by_place() -> None:
    drift = {block: 100.0 * block for block in range(1, 7)}
    doubled = {block: 2 * figure for block, figure in reversed(drift.items())}

    pair = judge(contender("a", doubled), contender("b", drift))

    assert pair.ratio == pytest.approx(2)
    assert pair.high == pytest.approx(2)


def test_a_block_that_one_side_lost_is_left_out_and_named() -> None:
    a = contender("a", {block: figure for block, figure in steady(500).items() if block != 4}, lost=(4,))

    pair = judge(a, contender("b", level(100)))

    assert (pair.verdict, pair.blocks, pair.reason) == ("faster", 5, "block 4 left out")


def test_no_winner_when_more_than_a_fifth_of_the_blocks_is_lost() -> None:
    a = contender("a", {1: 500.0, 2: 501.0, 3: 502.0, 4: 500.0}, lost=(5, 6))

    pair = judge(a, contender("b", level(100)))

    assert pair.verdict == "refused"
    assert pair.reason == "2 of 6 blocks left out: disturbed, or without valid trials of both; at most 20 % may be"


def test_a_block_that_was_never_run_is_not_lost() -> None:
    assert judge(contender("a", steady(500, blocks=3)), contender("b", level(100, blocks=3))).reason == ""


def test_no_winner_when_error_rates_differ() -> None:
    pair = judge(contender("a", steady(500), error_rate=0.0512), contender("b", level(100)))

    assert pair.verdict == "refused"
    assert pair.reason.startswith("error rates differ by 5.12 percentage points, and at most 0.1 may be")
    assert judge(contender("a", steady(500), error_rate=0.0009), contender("b", level(100))).verdict == "faster"


def test_a_loser_held_back_by_the_load_generator_has_not_lost() -> None:
    a, b = contender("a", steady(500)), contender("b", level(100), lower_bound=True)

    for pair in (judge(a, b), judge(b, a)):
        assert pair.verdict == "refused"
        assert pair.reason == "the load generator was the limit of b: more throughput may be possible"


def test_a_winner_held_back_by_the_load_generator_has_won() -> None:
    a, b = contender("a", steady(500), lower_bound=True), contender("b", level(100))

    assert judge(a, b).verdict == "faster"
    assert judge(b, a).verdict == "slower"


def test_a_lower_bound_is_never_equivalent() -> None:
    assert judge(contender("a", level(100), lower_bound=True), contender("b", level(100))).verdict == "refused"


def test_a_ratio_to_zero_is_refused_and_not_left_out() -> None:
    pair = judge(contender("a", level(100)), contender("b", {**level(100), 3: 0.0}))

    assert (pair.verdict, pair.ratio, pair.blocks) == ("refused", None, 6)
    assert pair.reason == "the figure of b is 0 in block 3, and a ratio to 0 does not exist"


def test_every_pair_is_judged_and_more_pairs_widen_the_intervals() -> None:
    best = contender("best", steady(500))
    equals = [
        contender(name, {block: 100 * math.exp(0.1 * math.sin(7 * block + phase)) for block in range(1, 7)})
        for phase, name in enumerate("abcde")
    ]

    (alone,) = compare([best, equals[0]], "throughput_rps", confidence=0.95, margin=0.02)
    family = compare([best, *equals], "throughput_rps", confidence=0.95, margin=0.02)
    same = next(pair for pair in family if (pair.a, pair.b) == ("best", "a"))

    assert len(family) == 15
    assert alone.ratio == pytest.approx(same.ratio)
    assert alone.high is not None
    assert same.high is not None
    assert alone.high < same.high


log_ratios = st.lists(st.floats(min_value=-0.2, max_value=0.2), min_size=3, max_size=12)


@given(log_ratios, st.floats(min_value=0.001, max_value=0.1))
def test_a_verdict_never_contradicts_the_interval_beside_it(logs: list[float], margin: float) -> None:
    a = contender("a", {block: 100 * math.exp(log) for block, log in enumerate(logs)})

    pair = judge(a, contender("b", dict.fromkeys(range(len(logs)), 100.0)), margin=margin)

    assert pair.low is not None
    assert pair.high is not None
    beyond = math.log(pair.low) - math.log1p(margin)
    if abs(beyond) > 1e-12:
        assert (pair.verdict == "faster") is (beyond > 0)
    if pair.verdict == "inconclusive":
        assert pair.low <= 1 <= pair.high


@given(log_ratios)
def test_a_pair_and_its_mirror_image_are_judged_alike(logs: list[float]) -> None:
    a = contender("a", {block: 100 * math.exp(log) for block, log in enumerate(logs)})
    b = contender("b", dict.fromkeys(range(len(logs)), 100.0))
    mirror = {"faster": "slower", "slower": "faster"}

    one, other = judge(a, b), judge(b, a)

    assert other.verdict == mirror.get(one.verdict, one.verdict)
    assert one.low is not None
    assert other.high is not None
    assert one.low * other.high == pytest.approx(1)
