"""The runs of a results folder, as the pages ask for them.

A run is found by its name among those that are there, never by a path that was made of what somebody asked for: a
name that is not in the list does not exist, and a folder that is a link to somewhere else is not in it.
"""

import threading
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from fwcompare.errors import ScenarioError
from fwcompare.model.measurement import Trial
from fwcompare.model.ports import Report
from fwcompare.session.run import make_report
from fwcompare.store.run_directory import RunDirectory

_KEPT: Final = 8


@dataclass(frozen=True)
class Reading:
    """A run's report, and what could not be read of it, a line each."""

    report: Report
    torn: tuple[str, ...]


class Library:
    """Reads runs below ``results``; what was made of one is kept until its files change."""

    def __init__(self, results: Path) -> None:
        self.results = results.resolve()
        self._kept: OrderedDict[tuple[str, tuple[tuple[int, int], ...]], Reading] = OrderedDict()
        self._lock = threading.Lock()

    def names(self) -> list[str]:
        """Name every run, the newest last."""
        if not self.results.is_dir():
            return []
        folders = (place for place in self.results.iterdir() if not place.is_symlink())
        return sorted(place.name for place in folders if (place / "run.json").is_file())

    def find(self, name: str) -> RunDirectory:
        """Find a run by its whole name.

        :raises NoSuchRunError: when it is not in the list.
        """
        if name not in self.names():
            raise NoSuchRunError(
                f"run {name!r} does not exist", seen=f"no such run in {self.results}", expected="a run of the list"
            )
        return RunDirectory(self.results / name)

    def read(self, name: str) -> Reading:
        """Make a run's report, or give the one that was made of the same files.

        :raises ScenarioError: when there is no such run, or it cannot be read.
        """
        run = self.find(name)
        key = (name, _state(run.folder))
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        torn: list[str] = []
        reading = Reading(make_report(run, torn.append), tuple(torn))
        with self._lock:
            self._kept[key] = reading
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return reading


class NoSuchRunError(ScenarioError):
    """A run, or a part of one, that is not there."""


def find_trial(report: Report, cell: str, block: str) -> Trial:
    """Find a trial by its cell's key and its block as its folder names it: ``3``, or ``3.2`` for a second attempt.

    :raises NoSuchRunError: when there is none.
    """
    for trial in (*report.probes, *report.trials):
        if (trial.planned.cell.key, block_text(trial)) == (cell, block):
            return trial
    raise NoSuchRunError(f"run {report.run} has no trial of {cell!r} in block {block!r}", expected="a trial that ended")


def block_text(trial: Trial) -> str:
    """Name a trial's block as its folder does."""
    planned = trial.planned
    return str(planned.block) if planned.attempt == 1 else f"{planned.block}.{planned.attempt}"


def _state(folder: Path) -> tuple[tuple[int, int], ...]:
    """Tell one state of a run's records from another, by their times and sizes."""
    found = []
    for name in ("run.json", "trials.jsonl", "audits.jsonl"):
        place = folder / name
        status = place.stat() if place.exists() else None
        found.append((0, 0) if status is None else (status.st_mtime_ns, status.st_size))
    return tuple(found)
