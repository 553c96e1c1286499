"""A stored run gives the same documents every time, byte by byte, in whatever order its trials were written."""

import random
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import pytest

from fwcompare.reporting.csv_table import CsvReporter
from fwcompare.reporting.markdown import MarkdownReporter
from fwcompare.reporting.summary_json import SummaryJsonReporter
from fwcompare.session.run import make_report, write_documents
from fwcompare.store.run_directory import RunDirectory
from fwcompare.testing.fakes import Behaviour

if TYPE_CHECKING:
    from core.tests.session.conftest import Play

DOCUMENTS = ("report.md", "summary.json", "results.csv")


@pytest.fixture
def store(play: Callable[..., "Play"]) -> RunDirectory:
    """A run of three targets, one of which fails, and four blocks."""
    game = play(fast=Behaviour(rate_rps=1000), slow=Behaviour(rate_rps=200), bad=Behaviour(exits_at_start=True))
    return RunDirectory(game.run(repeats=4).report.folder)


def documents(store: RunDirectory) -> Mapping[str, bytes]:
    warned: list[str] = []
    write_documents(
        [MarkdownReporter(), SummaryJsonReporter(), CsvReporter()], make_report(store, warned.append), warned.append
    )
    assert warned == []
    return {name: (store.folder / name).read_bytes() for name in DOCUMENTS}


def test_the_same_run_gives_byte_identical_documents_twice(store: RunDirectory) -> None:
    first = documents(store)

    assert all(first.values())
    assert documents(store) == first


@pytest.mark.parametrize("seed", range(5))
def test_shuffling_the_trials_changes_no_document(store: RunDirectory, seed: int) -> None:
    before = documents(store)
    path = store.folder / "trials.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    shuffled = list(lines)
    random.Random(seed).shuffle(shuffled)  # noqa: S311 - an order to be had again
    path.write_bytes(b"".join(shuffled))

    assert shuffled != lines
    assert documents(store) == before


def test_a_fact_that_changed_between_trials_is_shown_alike_in_any_order(store: RunDirectory) -> None:
    path = store.folder / "trials.jsonl"
    lines = path.read_text().splitlines(keepends=True)
    place = next(number for number, line in enumerate(lines) if '"target":"fast"' in line)
    lines[place] = lines[place].replace('"version":"1"', '"version":"2"')
    path.write_text("".join(lines))
    before = documents(store)
    path.write_text("".join(reversed(lines)))

    assert b"Fake 2" in before["report.md"]
    assert documents(store) == before
