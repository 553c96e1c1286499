"""Where a run keeps what it found: made once, appended to, never rewritten but for ``run.json``.

A trial is one line of ``trials.jsonl``, synced before the next begins, so that a run that dies loses at most
the trial under way. Leaves out what the documents beside it say (``reporting/``), and what a run that is resumed
clears away first (``leftovers.py``).
"""

import fcntl
import json
import os
import secrets
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from io import RawIOBase
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from fwcompare.errors import HostError, ScenarioError
from fwcompare.model.attempts import Ending
from fwcompare.model.measurement import Trial
from fwcompare.model.parity import Audit
from fwcompare.model.plan import Cell, Plan
from fwcompare.model.resume_keys import Keys
from fwcompare.model.scenario import Scenario
from fwcompare.store.tags import read_tags

RUN_SCHEMA = 1
LATEST = "latest"
_TRIES = 3
_PAUSE_S = 0.02
_RECENT = 5
_TRIALS = TypeAdapter(Trial)
_AUDITS = TypeAdapter(Audit)
_PLANS = TypeAdapter(Plan)
_ENDINGS = TypeAdapter(Ending | None)
_KEYS = TypeAdapter(Keys | None)
_Row = TypeVar("_Row")


@dataclass(frozen=True)
class RunDirectory:
    """One run's folder, ``results/<date>-<scenario>-<id>``."""

    folder: Path

    @property
    def name(self) -> str:
        """The run's name."""
        return self.folder.name

    @classmethod
    def create(cls, results: Path, scenario: str, date: str) -> "RunDirectory":
        """Make a new folder below ``results`` and point ``latest`` at it.

        :param date: ``2026-11-20``.
        :raises HostError: when it cannot be written to.
        """
        # Absolute: services and targets are started in folders of their own.
        results = results.absolute()
        try:
            results.mkdir(parents=True, exist_ok=True)
            folder = results / f"{date}-{scenario}-{secrets.token_hex(2)}"
            while folder.exists():
                folder = results / f"{date}-{scenario}-{secrets.token_hex(2)}"
            (folder / "trials").mkdir(parents=True)
            (folder / "trials.jsonl").touch()
            for place in (folder, results):
                _sync(place)
            # A rename replaces the link in one step: whoever reads `latest` finds the old run or the new one.
            link = results / f".{LATEST}-{folder.name}"
            link.symlink_to(folder.name)
            link.replace(results / LATEST)
        except OSError as error:
            raise HostError(
                f"results folder {results} cannot be used",
                seen=str(error),
                expected="a folder that can be written to",
                hint="fwcompare run ... --results DIR    keeps results elsewhere",
            ) from error
        return cls(folder)

    @property
    def how_to_resume(self) -> str:
        """Give the command that goes on with it."""
        near = self.folder.parent == Path("results").absolute()
        return f"fwcompare run --resume {self.name if near else self.folder}"

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep every other fwcompare from running it meanwhile; the kernel lets go of it when this process ends.

        :raises ScenarioError: when another does.
        :raises HostError: when it cannot be written to.
        """
        try:
            file = (self.folder / "trials.jsonl").open("ab")
        except OSError as error:
            raise HostError(
                f"run {self.name} cannot be changed", seen=str(error), expected="a folder that can be written to"
            ) from error
        with file:
            try:
                _hold(file.fileno())
            except BlockingIOError as error:
                raise ScenarioError(
                    f"run {self.name} is under way",
                    seen=f"another process holds {file.name}",
                    expected="a run that ended or died",
                    hint="wait for it, or stop it",
                ) from error
            yield

    def trial_folder(self, cell: Cell, block: int, attempt: int = 1) -> Path:
        """Give the folder of one trial, made: that of a second attempt at block 3 is ``3.2``."""
        folder = self.place_of(cell, block, attempt)
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def place_of(self, cell: Cell, block: int, attempt: int = 1) -> Path:
        """Name the folder of one trial, which may not be there."""
        return self.folder / "trials" / cell.key / (str(block) if attempt == 1 else f"{block}.{attempt}")

    def relative(self, path: Path) -> str:
        """Give a path as it is recorded: relative to the run directory."""
        return path.relative_to(self.folder).as_posix()

    def write_run(
        self,
        scenario: Scenario,
        plan: Plan,
        status: str,
        environment: Mapping[str, object],
        *,
        keys: Keys | None = None,
        ending: Ending | None = None,
    ) -> None:
        """Record what the run is: resolved scenario, plan with its seed, environment, and how far it is.

        :param keys: what a resumed run must find again.
        :param ending: how its blocks ended, once they have.
        """
        record = {
            "schema": RUN_SCHEMA,
            "run": self.name,
            "status": status,
            "scenario": scenario.model_dump(mode="json"),
            "plan": _PLANS.dump_python(plan, mode="json"),
            "keys": None if keys is None else asdict(keys),
            "blocks": None if ending is None else asdict(ending),
            "environment": environment,
        }
        text = json.dumps(record, indent=2, default=str) + "\n"
        temporary = self.folder / ".run.json"
        with temporary.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(self.folder / "run.json")
        _sync(self.folder)

    def append(self, trial: Trial) -> None:
        """Add one trial, on the disk before this returns."""
        self._append("trials.jsonl", _TRIALS.dump_json(trial))

    def parity_folder(self, name: str) -> Path:
        """Give the folder for the logs and the SQL of one audit, made.

        :param name: of the target and its parameters, :attr:`Cell.name`.
        """
        folder = self.folder / "parity" / name
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def append_audit(self, audit: Audit) -> None:
        """Add one audit, on the disk before this returns."""
        self._append("audits.jsonl", _AUDITS.dump_json(audit))

    def _append(self, name: str, line: bytes) -> None:
        path = self.folder / name
        new = not path.exists()
        # Unbuffered: what a full disk refused must not be tried again when the file is closed.
        with path.open("ab", buffering=0) as file:
            end = file.tell()
            try:
                _write_all(file, line + b"\n")
                os.fsync(file.fileno())
            except OSError:
                # Half a line would spoil the next one; giving up space works on a full disk too.
                file.truncate(end)
                raise
        if new:
            _sync(self.folder)

    def read_run(self) -> "RecordedRun":
        """Read ``run.json``.

        :raises ScenarioError: when it is missing, torn, or of another version.
        """
        path = self.folder / "run.json"
        try:
            record: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            version = record["schema"]
            if version != RUN_SCHEMA:
                raise ScenarioError(
                    f"run {self.name} is of another format version",
                    seen=f"schema {version}",
                    expected=f"schema {RUN_SCHEMA}",
                    hint="read it with the fwcompare that wrote it",
                )
            return RecordedRun(
                scenario=Scenario.model_validate_json(json.dumps(record["scenario"])),
                plan=_PLANS.validate_python(record["plan"]),
                status=str(record["status"]),
                environment=dict(record["environment"]),
                keys=_KEYS.validate_python(record.get("keys")),
                ending=_ENDINGS.validate_python(record.get("blocks")),
            )
        except (OSError, KeyError, TypeError, ValueError, RecursionError) as error:
            raise ScenarioError(
                f"run {self.name} cannot be read", seen=f"{path}: {error}", expected="a run.json written by fwcompare"
            ) from error

    def read_trials(self) -> tuple[tuple[Trial, ...], list[str]]:
        """Read every trial in the order they ended; torn lines are left out and named in the second value."""
        return self._read_lines("trials.jsonl", _TRIALS)

    def read_audits(self) -> tuple[tuple[Audit, ...], list[str]]:
        """Read every audit, like :meth:`read_trials`; a run without any has none."""
        return self._read_lines("audits.jsonl", _AUDITS)

    def _read_lines(self, name: str, of: TypeAdapter[_Row]) -> tuple[tuple[_Row, ...], list[str]]:
        path = self.folder / name
        rows, torn = [], []
        lines = path.read_bytes().splitlines() if path.exists() else []
        for number, line in enumerate(lines, start=1):
            try:
                rows.append(of.validate_json(line))
            except ValidationError:
                torn.append(f"{name} line {number} of {len(lines)} is torn, or of another format, and was left out")
        return tuple(rows), torn


@dataclass(frozen=True)
class RecordedRun:
    """What ``run.json`` holds."""

    scenario: Scenario
    plan: Plan
    status: str
    environment: Mapping[str, object]
    keys: Keys | None = None
    ending: Ending | None = None


def _hold(descriptor: int) -> None:
    """Lock a file; who only asks whether somebody works at the run holds it for an instant, and is waited for.

    :raises BlockingIOError: when another holds it.
    """
    for _ in range(_TRIES - 1):
        with suppress(BlockingIOError):
            return fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        time.sleep(_PAUSE_S)
    return fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _write_all(file: RawIOBase, text: bytes) -> None:
    while text:
        text = text[file.write(text) or 0 :]


def _sync(folder: Path) -> None:
    """Have the names of a folder's files on the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def find_run(results: Path, name: str) -> RunDirectory:
    """Find a run by its name or id, a tag, a unique beginning of its name or id, a path, or ``latest``.

    A whole name or id goes before a tag; what is a tag of one run and a beginning of another is not unique.

    :raises ScenarioError: when none or several fit.
    """
    if Path(name).is_dir() and (Path(name) / "run.json").is_file():
        return RunDirectory(Path(name).resolve())
    if name == LATEST and (results / LATEST).is_dir():
        return RunDirectory((results / LATEST).resolve())
    runs = sorted(file.parent.name for file in results.glob("[!.]*/run.json") if not file.parent.is_symlink())
    whole = [run for run in runs if name in (run, _id_of(run))]
    if len(whole) == 1 or name in whole:
        return RunDirectory((results / (name if name in whole else whole[0])).resolve())
    fitting = {run: "" for run in runs if run.startswith(name) or _id_of(run).startswith(name)}
    fitting |= {run: f" (tagged {name})" for run in runs if name in _tags_of(results / run)}
    if len(fitting) == 1:
        return RunDirectory((results / next(iter(fitting))).resolve())
    newest = sorted(runs, key=lambda run: (results / run / "run.json").stat().st_mtime)[-_RECENT:]
    recent = ", ".join(newest) or "there are none"
    raise ScenarioError(
        f"run {name!r} " + ("is not unique" if fitting else "does not exist"),
        seen=", ".join(run + why for run, why in sorted(fitting.items())) or f"runs in {results}: {recent}",
        expected="a run's name, a unique beginning of it, its id, a tag of one run, or latest",
    )


def _id_of(run: str) -> str:
    return run.rpartition("-")[2]


def _tags_of(folder: Path) -> tuple[str, ...]:
    """Give the tags of a run; a file of tags that cannot be read names nothing."""
    try:
        return read_tags(folder)
    except ScenarioError:
        return ()
