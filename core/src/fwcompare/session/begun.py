"""A run as far as it has come: what was recorded of it, and what each session adds.

A session is one process that works at the run: one for a run that nothing disturbed, one more for each ``--resume``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from fwcompare.model.attempts import Ending
from fwcompare.model.measurement import Trial
from fwcompare.model.parity import Audit
from fwcompare.model.plan import Cell, Plan
from fwcompare.model.resume_keys import Keys
from fwcompare.model.scenario import Scenario
from fwcompare.session.blocks import NextBlock, next_block
from fwcompare.session.provenance import Provenance
from fwcompare.stats.width import Narrowness, narrow_enough
from fwcompare.store.run_directory import RunDirectory


@dataclass
class Begun:
    """A run that is under way. ``earlier`` is the environment that earlier sessions recorded."""

    store: RunDirectory
    scenario: Scenario
    plan: Plan
    keys: Keys
    trials: list[Trial] = field(default_factory=list)
    audits: list[Audit] = field(default_factory=list)
    earlier: Mapping[str, object] | None = None
    ending: Ending | None = None

    def add(self, trial: Trial) -> Trial:
        """Keep a trial that ended, on the disk before this returns; give it as it is kept, with its key."""
        keyed = replace(trial, key=self.keys.of(trial.planned.cell))
        self.store.append(keyed)
        self.trials.append(keyed)
        return keyed

    def next_block(self) -> NextBlock | Ending:
        """Give the next block to be run, or how the blocks ended."""
        return next_block(self.plan, self.scenario, self.trials, self._narrow)

    def _narrow(self, trials: Sequence[Trial], width: float) -> Narrowness:
        return narrow_enough(self.plan.cells, trials, width=width, confidence=self.scenario.compare.confidence)

    def not_audited(self) -> list[Cell]:
        """Give a cell of every group that has no audit yet; one that could not be audited is tried again."""
        if not self.scenario.audit:
            return []
        done = {audit.served for audit in self.audits if audit.state != "not audited"}
        groups = {cell.served: cell for cell in reversed(self.plan.every_cell)}
        return [cell for group, cell in reversed(groups.items()) if group not in done]

    def record(self, status: str, provenance: Provenance) -> None:
        """Write ``run.json``."""
        environment = with_earlier(self.earlier, provenance.record())
        self.store.write_run(self.scenario, self.plan, status, environment, keys=self.keys, ending=self.ending)


def with_earlier(earlier: Mapping[str, object] | None, record: Mapping[str, object]) -> dict[str, object]:
    """Add a session's environment to that of the sessions before; what is newly known counts, nothing known is lost.

    ``started`` and ``command`` stay those of the first; ``sessions`` lists each with its own.
    """
    if earlier is None:
        return dict(record)
    before = earlier.get("sessions")
    sessions = [*(before if isinstance(before, list) else [_session(earlier)]), _session(record)]
    kept = {name: earlier[name] for name in ("started", "command") if name in earlier}
    return {**_merged(earlier, record), **kept, "sessions": sessions}


def _merged(earlier: Mapping[str, object], record: Mapping[str, object]) -> dict[str, object]:
    merged = dict(earlier)
    for name, value in record.items():
        before = merged.get(name)
        if isinstance(before, Mapping) and isinstance(value, Mapping):
            merged[name] = _merged(before, value)
        elif value is not None or name not in merged or name == "finished":
            merged[name] = value
    return merged


def _session(environment: Mapping[str, object]) -> dict[str, object]:
    return {name: environment.get(name) for name in ("started", "finished", "command")}
