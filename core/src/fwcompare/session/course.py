"""How far a session is: which trial of how many, and how long the rest will take.

Keeps the trials that ended in this session; what is left follows from the plan and all trials of the run.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from fwcompare.model.events import RunBegan, TimeLeft, TrialBegan, TrialEnded
from fwcompare.model.measurement import Trial
from fwcompare.model.plan import Cell, PlannedTrial, Served
from fwcompare.session.begun import Begun
from fwcompare.session.blocks import NextBlock
from fwcompare.stats.time_left import Took, time_left_s


@dataclass(frozen=True)
class Place:
    """Where a trial stands: the ``number``-th of the ``of`` of its block or round, and ``words`` for a line."""

    number: int
    of: int
    words: str


@dataclass
class Course:
    """Counts the trials of one session, those too that were not tried."""

    begun: Begun
    _ended: int = 0
    _took: list[Took] = field(default_factory=list)

    def run_began(self, text: str) -> RunBegan:
        """Tell what the session has before it."""
        begun = self.begun
        step = begun.next_block()
        following = self._blocks_after(step.trials[0].block)[1] if isinstance(step, NextBlock) else 0
        here = len(step.trials) if isinstance(step, NextBlock) else 0
        trials = None if begun.plan.searches else here + following * len(begun.plan.cells)
        return RunBegan(begun.store.name, begun.scenario.name, len(begun.plan.cells), trials, text)

    def trial_began(
        self, planned: PlannedTrial, place: Place, rest: Sequence[PlannedTrial], failed: Collection[Served], text: str
    ) -> TrialBegan:
        """Tell of a trial that begins.

        :param rest: this trial and those that follow in its block; empty in a search.
        :param failed: what will not be tried.
        """
        most = self._blocks_after(planned.block)[1] * len(self.begun.plan.cells)
        return TrialBegan(
            cell=planned.cell.key,
            target=planned.cell.target,
            block=planned.block,
            attempt=planned.attempt,
            number=self._ended + 1,
            of=self._ended + len(rest) + most if rest else None,
            cell_number=place.number,
            cells=place.of,
            blocks=self.begun.plan.repeats if rest else None,
            left=self._left(planned.block, rest, failed) if rest else None,
            place=place.words,
            text=text,
        )

    def trial_ended(
        self, trial: Trial, place: Place, rest: Sequence[PlannedTrial], failed: Collection[Served], text: str
    ) -> TrialEnded:
        """Count a trial that ended, or was not tried, and tell of it.

        :param rest: those that follow in its block.
        """
        planned, measured = trial.planned, trial.measurement
        self._ended += 1
        if trial.elapsed_s > 0:
            self._took.append(Took(planned.cell, trial.elapsed_s))
        return TrialEnded(
            cell=planned.cell.key,
            target=planned.cell.target,
            block=planned.block,
            attempt=planned.attempt,
            outcome=trial.outcome,
            throughput_rps=None if measured is None else measured.throughput_rps,
            errors=None if measured is None else measured.counts.errors,
            disturbed=bool(trial.disturbed),
            left=None if planned.cell.load.probe else self._left(planned.block, rest, failed),
            place=place.words,
            text=text,
        )

    def _left(self, block: int, rest: Sequence[PlannedTrial], failed: Collection[Served]) -> TimeLeft | None:
        cells = self._tried(self.begun.plan.cells, failed)
        here = self._tried([planned.cell for planned in rest], failed)
        here_s, block_s = time_left_s(self._took, here), time_left_s(self._took, cells)
        if here_s is None or block_s is None:
            return None
        least, most = self._blocks_after(block)
        return TimeLeft(here_s + least * block_s, here_s + most * block_s)

    def _tried(self, cells: Sequence[Cell], failed: Collection[Served]) -> list[Cell]:
        return [cell for cell in cells if cell.served not in failed]

    def _blocks_after(self, block: int) -> tuple[int, int]:
        """Count the blocks that will be begun after this one, at least and at most; a repetition is not foreseen."""
        begun = {trial.planned.block for trial in self.begun.trials if not trial.planned.cell.load.probe} | {block}
        repeats = self.begun.scenario.repeats
        most = max(self.begun.plan.repeats - len(begun), 0)
        return most if isinstance(repeats, int) else max(repeats.min - len(begun), 0), most
