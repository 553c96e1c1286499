"""Which attempt at a block counts, and which blocks the host left undisturbed.

Of the attempts at a block one counts: the one with trials of the most cells, the later of equals. So an attempt that
was cut short never hides a whole one, and of whole ones the last counts. A block of which the attempt that counts was
disturbed, by a gate about the host in any of its trials, is discarded as a whole: its trials are not left out one by
one, for then those that stayed would be the ones that were lucky (*METHOD*, "A trial", 6).

Where no block is left, all of them count after all, and what is made of it is a cell *noisy* and a pair refused. Pure.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from fwcompare.model.measurement import Trial
from fwcompare.model.summary import DiscardedBlock
from fwcompare.stats.wording import count


@dataclass(frozen=True)
class Blocks:
    """The trials of a run, sorted out.

    ``counted`` are the trials that figures are made of, in the order of their blocks; ``disturbed`` are the trials of
    the blocks that were left out. ``causes`` says, by block, what disturbed it: also where ``all_disturbed`` says that
    no block was left, so that ``counted`` holds them all.
    """

    counted: tuple[Trial, ...]
    disturbed: tuple[Trial, ...]
    causes: Mapping[int, str]
    all_disturbed: bool
    discarded: tuple[DiscardedBlock, ...]

    def counted_of(self, key: str) -> Sequence[Trial]:
        """Give those counted trials that are of a cell, by its key."""
        return self._counted_by_cell.get(key, ())

    def disturbed_of(self, key: str) -> Sequence[Trial]:
        """Give those disturbed trials that are of a cell, by its key."""
        return self._disturbed_by_cell.get(key, ())

    @cached_property
    def _counted_by_cell(self) -> Mapping[str, Sequence[Trial]]:
        return _by_cell(self.counted)

    @cached_property
    def _disturbed_by_cell(self) -> Mapping[str, Sequence[Trial]]:
        return _by_cell(self.disturbed)


def _by_cell(trials: Iterable[Trial]) -> Mapping[str, Sequence[Trial]]:
    """Sort trials by the key of their cell once: a run may have a thousand cells."""
    found: dict[str, list[Trial]] = {}
    for trial in trials:
        found.setdefault(trial.planned.cell.key, []).append(trial)
    return found


def is_valid(trial: Trial) -> bool:
    """Tell whether a trial's figures count."""
    return trial.outcome == "ok" and trial.measurement is not None


def sort_out(trials: Iterable[Trial]) -> Blocks:
    """Sort the trials of a run, given in any order."""
    attempts: dict[int, dict[int, list[Trial]]] = {}
    for trial in sorted(trials, key=_place):
        attempts.setdefault(trial.planned.block, {}).setdefault(trial.planned.attempt, []).append(trial)
    last = {
        block: max(found, key=lambda attempt: (_cells(found[attempt]), attempt)) for block, found in attempts.items()
    }
    chosen = {block: attempts[block][attempt] for block, attempt in last.items()}
    causes = {block: why for block, seen in chosen.items() if (why := _disturbance(seen))}
    all_disturbed = bool(chosen) and len(causes) == len(chosen)
    return Blocks(
        counted=tuple(
            trial for block, seen in chosen.items() if all_disturbed or block not in causes for trial in seen
        ),
        disturbed=()
        if all_disturbed
        else tuple(trial for block, seen in chosen.items() if block in causes for trial in seen),
        causes=causes,
        all_disturbed=all_disturbed,
        discarded=tuple(
            DiscardedBlock(block=block, attempt=attempt, reason=_disturbance(seen) or _unfinished(seen, last[block]))
            for block, found in attempts.items()
            for attempt, seen in found.items()
            if attempt != last[block] or block in causes
        ),
    )


def _place(trial: Trial) -> tuple[int, int, int, str, str]:
    planned = trial.planned
    return planned.block, planned.attempt, planned.position, trial.started_at, planned.cell.key


def _cells(trials: Sequence[Trial]) -> int:
    return len({trial.planned.cell.key for trial in trials})


def _disturbance(trials: Sequence[Trial]) -> str:
    seen = [
        f"{gate.name} in {trial.planned.cell.key}: {gate.seen}, expected {gate.limit}"
        for trial in trials
        for gate in trial.disturbed
    ]
    return "; ".join(seen)


def _unfinished(trials: Sequence[Trial], counts: int) -> str:
    return f"given up after {count(len(trials), 'trial')}; attempt {counts} counts"
