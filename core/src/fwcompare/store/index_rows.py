"""One run directory as rows of the index: what is known of it at one moment, whatever state it is in.

A run that cannot be read becomes a row that says why. Nothing is written, and nothing of a run is changed.
"""

import fcntl
import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ValidationError

from fwcompare.errors import ScenarioError
from fwcompare.model.history import (
    Conditions,
    IndexedCell,
    IndexedRun,
    RunState,
    host_identity,
    line_of,
    winner_of,
)
from fwcompare.model.plan import Outcome
from fwcompare.model.summary import Summary
from fwcompare.store.run_directory import RecordedRun, RunDirectory
from fwcompare.store.tags import TAGS_FILE, read_tags

_SUMMARY: Final = "summary.json"
_TRIALS: Final = "trials.jsonl"
_READ: Final = ("run.json", _TRIALS, _SUMMARY, TAGS_FILE)
_OF_A_RUN: Final = ("run.json", _TRIALS)
_STATES: Final[dict[str, RunState]] = {
    "running": "died",  # unless somebody holds it, which no file tells
    "complete": "complete",
    "interrupted": "interrupted",
    "failed": "failed",
}


@dataclass(frozen=True)
class Rows:
    """What the index keeps of a run. A run that is not ended is *died* in it; ``is_held`` knows better at any time."""

    run: IndexedRun
    cells: tuple[IndexedCell, ...] = ()
    conditions: Conditions | None = None


class _EndedTrial(BaseModel):
    outcome: Outcome


def stamp_of(folder: Path) -> str | None:
    """Give what changes with everything that :func:`read_rows` reads; None where the folder is no run."""
    seen = {name: _stamp(folder / name) for name in _READ}
    return None if all(seen[name] == "-" for name in _OF_A_RUN) else " ".join(seen.values())


def _stamp(path: Path) -> str:
    try:
        found = path.stat()
    except OSError:
        return "-"
    return f"{found.st_mtime_ns}:{found.st_size}:{found.st_ino}"


def is_held(folder: Path) -> bool:
    """Tell whether a process works at the run (:meth:`RunDirectory.held`); False where that cannot be told."""
    try:
        descriptor = os.open(folder / _TRIALS, os.O_RDONLY)
    except OSError:
        return False
    try:
        # Shared, so that two who ask do not take each other for a run; given back at once.
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def read_rows(folder: Path) -> Rows:
    """Read a run directory."""
    problems: list[str] = []
    store = RunDirectory(folder)
    name = printable_name(folder)
    tags: tuple[str, ...] = ()
    try:
        tags = read_tags(folder)
    except ScenarioError as error:
        problems.append(_in_one_line(error, folder))
    try:
        recorded = store.read_run()
    except ScenarioError as error:
        # A session begins with a folder and no run.json.
        return Rows(IndexedRun(name, "unreadable", "; ".join([_in_one_line(error, folder), *problems]), tags=tags))
    summary = None
    try:
        summary = _read_summary(store)
    except (OSError, ValueError, RecursionError) as error:
        problems.append(_near(f"{_SUMMARY} cannot be read: {_first_line(error)}", folder))
    if recorded.status not in _STATES:
        problems.append(f"status {recorded.status!r} is not known")
    run = _run(name, recorded, summary)
    if summary is None:
        run = replace(run, outcomes=_ended_trials(folder))
    run = replace(run, tags=tags, problem="; ".join(problems))
    cells = () if summary is None else _cells(run, recorded, summary)
    return Rows(run, cells, Conditions(recorded.scenario, recorded.environment))


def printable_name(folder: Path) -> str:
    """Give a folder's name as text that can be stored: bytes that are no UTF-8 are written out."""
    return os.fsencode(folder.name).decode("utf-8", "backslashreplace")


def _read_summary(store: RunDirectory) -> Summary | None:
    """Give the summary; None where there is none yet."""
    try:
        text = (store.folder / _SUMMARY).read_bytes()
    except FileNotFoundError:
        return None
    return Summary.model_validate_json(text)


def _run(name: str, recorded: RecordedRun, summary: Summary | None) -> IndexedRun:
    environment = recorded.environment
    host = environment.get("host")
    model = host.get("cpu_model") if isinstance(host, Mapping) else None
    cells = [*recorded.plan.every_cell, *(entry.cell for entry in recorded.plan.unsupported)]
    return IndexedRun(
        name=name,
        state=_STATES.get(recorded.status, "unreadable"),
        scenario=recorded.scenario.name,
        title=recorded.scenario.title,
        started=_time(environment.get("started")),
        finished=_time(environment.get("finished")),
        host=host_identity(host),
        host_name=_text(model) or "",
        fwcompare=_text(environment.get("fwcompare")),
        targets=tuple(dict.fromkeys(cell.target for cell in cells)),
        workloads=tuple(dict.fromkeys(cell.workload for cell in cells)),
        summarised=summary is not None,
        outcomes={} if summary is None else dict(sorted(Counter(cell.outcome for cell in summary.cells).items())),
        winner=None if summary is None else winner_of(summary),
    )


def _cells(run: IndexedRun, recorded: RecordedRun, summary: Summary) -> tuple[IndexedCell, ...]:
    plan = recorded.plan
    planned = {cell.key: cell for cell in (*plan.cells, *(entry.cell for entry in plan.unsupported))}
    return tuple(
        IndexedCell(
            run=run.name,
            started=run.started,
            host=run.host,
            host_name=run.host_name,
            line=line_of(planned[cell.key]),
            load=planned[cell.key].load,
            confidence=summary.confidence,
            margin=summary.margin,
            summary=cell,
        )
        for cell in summary.cells
        if cell.key in planned
    )


def _ended_trials(folder: Path) -> dict[Outcome, int]:
    """Count the trials that ended; lines that cannot be read are left out, as they are when the run goes on."""
    found: Counter[Outcome] = Counter()
    try:
        lines = (folder / _TRIALS).read_bytes().splitlines()
    except OSError:
        return {}
    for line in lines:
        try:
            found[_EndedTrial.model_validate_json(line).outcome] += 1
        except ValidationError:
            continue
    return dict(sorted(found.items()))


def _text(value: object) -> str | None:
    """Give a recorded text as one that can be stored: half a surrogate pair, which JSON may hold, is written out."""
    return value.encode("utf-8", "backslashreplace").decode() if isinstance(value, str) else None


def _time(value: object) -> str | None:
    """Give a recorded time as ISO 8601 in UTC, to the second; None where it is no time."""
    try:
        found = datetime.fromisoformat(str(value))
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC).isoformat(timespec="seconds")
    except (ValueError, OverflowError):
        return None


def _in_one_line(error: ScenarioError, folder: Path) -> str:
    return _near(": ".join(part for part in (error.who, _first_line(error.seen)) if part), folder)


def _near(told: str, folder: Path) -> str:
    """Give a text with paths relative to the run: the index may be moved with its runs."""
    return told.replace(f"{folder}{os.sep}", "")


def _first_line(told: object) -> str:
    lines = str(told).splitlines()
    return " ".join(line.strip() for line in lines[:3])
