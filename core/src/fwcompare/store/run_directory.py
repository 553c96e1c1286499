"""Where a run keeps what it found: made once, appended to, never rewritten but for ``run.json``.

A trial is one line of ``trials.jsonl``, synced before the next begins, so that a run that dies loses at most
the trial under way. Leaves out what the documents beside it say (``reporting/``).
"""

import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from fwcompare.errors import HostError, ScenarioError
from fwcompare.model.measurement import Trial
from fwcompare.model.parity import Audit
from fwcompare.model.plan import Cell, Plan
from fwcompare.model.scenario import Scenario

RUN_SCHEMA = 1
LATEST = "latest"
_TRIALS = TypeAdapter(Trial)
_AUDITS = TypeAdapter(Audit)
_PLANS = TypeAdapter(Plan)
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

    def trial_folder(self, cell: Cell, block: int) -> Path:
        """Give the folder of one trial, made."""
        folder = self.folder / "trials" / cell.key / str(block)
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def relative(self, path: Path) -> str:
        """Give a path as it is recorded: relative to the run directory."""
        return path.relative_to(self.folder).as_posix()

    def write_run(self, scenario: Scenario, plan: Plan, status: str, environment: Mapping[str, object]) -> None:
        """Record what the run is: resolved scenario, plan with its seed, environment, and how far it is."""
        record = {
            "schema": RUN_SCHEMA,
            "run": self.name,
            "status": status,
            "scenario": scenario.model_dump(mode="json"),
            "plan": _PLANS.dump_python(plan, mode="json"),
            "environment": environment,
        }
        text = json.dumps(record, indent=2, default=str) + "\n"
        temporary = self.folder / ".run.json"
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(self.folder / "run.json")

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
        with (self.folder / name).open("ab") as file:
            file.write(line + b"\n")
            file.flush()
            os.fsync(file.fileno())

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
                status=record["status"],
                environment=record["environment"],
            )
        except (OSError, KeyError, ValueError) as error:
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
                torn.append(f"{name} line {number} of {len(lines)} is torn and was left out")
        return tuple(rows), torn


@dataclass(frozen=True)
class RecordedRun:
    """What ``run.json`` holds."""

    scenario: Scenario
    plan: Plan
    status: str
    environment: Mapping[str, object]


def find_run(results: Path, name: str) -> RunDirectory:
    """Find a run by its name, a unique beginning of its name or id, a path, or ``latest``.

    :raises ScenarioError: when none or several fit.
    """
    if Path(name).is_dir() and (Path(name) / "run.json").is_file():
        return RunDirectory(Path(name).resolve())
    if name == LATEST and (results / LATEST).is_dir():
        return RunDirectory((results / LATEST).resolve())
    runs = sorted(file.parent.name for file in results.glob("*/run.json") if not file.parent.is_symlink())
    fitting = [run for run in runs if run.startswith(name) or run.rpartition("-")[2].startswith(name)]
    if len(fitting) == 1 or name in fitting:
        return RunDirectory((results / (name if name in fitting else fitting[0])).resolve())
    recent = ", ".join(runs[-5:]) or "there are none"
    raise ScenarioError(
        f"run {name!r} " + ("is not unique" if fitting else "does not exist"),
        seen=", ".join(fitting) if fitting else f"runs in {results}: {recent}",
        expected="a run's name, a unique beginning of it, its id, or latest",
    )
