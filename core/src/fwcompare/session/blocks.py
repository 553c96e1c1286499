"""Which block a run measures next, from the trials it has so far. Pure.

The answer rests on the plan and the trials alone, so that a run that died and was resumed goes on exactly as it
would have. A block that the host disturbed is run again at once and as a whole, as often as the scenario allows, and
in all no more often than there are blocks. A block that was interrupted is run again as a whole too: its trials must
be close in time, or what they have in common is no longer common to them.

Trials are asked only between two blocks, so a block of which some trials are missing was interrupted.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from fwcompare.model.attempts import BlockAttempt, Ending, attempts
from fwcompare.model.measurement import Trial
from fwcompare.model.plan import Plan, PlannedTrial, name_of_block
from fwcompare.model.scenario import Scenario, WidthRepeats
from fwcompare.planning.order import repeated_block
from fwcompare.stats.width import Narrowness
from fwcompare.stats.wording import count

Narrow = Callable[[Sequence[Trial], float], Narrowness]
"""Tells of trials of whole undisturbed blocks whether every interval is within a width, such as 0.02."""


@dataclass(frozen=True)
class NextBlock:
    """A block to be run: its trials in their order, and why it is run again; empty for the first attempt."""

    trials: tuple[PlannedTrial, ...]
    why: str = ""

    @property
    def name(self) -> str:
        """Name it: ``block 2, second attempt``."""
        return self.trials[0].block_name


def next_block(plan: Plan, scenario: Scenario, trials: Sequence[Trial], narrow: Narrow) -> NextBlock | Ending:
    """Give the next block to be run, or how the blocks ended.

    :param trials: all that have ended so far, in any order.
    """
    if not plan.cells:
        return Ending(0, 0, "no cell to measure")
    begun: dict[int, list[BlockAttempt]] = {block: [] for block in range(1, plan.repeats + 1)}
    for attempt in attempts(trials, plan.cells):
        if attempt.block in begun:
            begun[attempt.block].append(attempt)
    # A probe before the blocks is a trial too, and has its place in the order.
    position = max((trial.planned.position for trial in trials), default=-1) + 1
    left = plan.repeats - sum(_repeated(made) for made in begun.values())
    for block, made in begun.items():
        if not made:
            good = _undisturbed(begun.values())
            if isinstance(scenario.repeats, WidthRepeats) and len(good) >= scenario.repeats.min:
                seen = narrow(_trials(good), scenario.repeats.width)
                if seen.enough:
                    return _ending(begun, f"narrow enough after {count(len(good), 'block')}: {seen.reason}")
            return NextBlock(_as_planned(plan, block, position))
        why = _why_again(made, scenario.disturbed.retries, left)
        if why:
            number = made[-1].attempt + 1
            return NextBlock(_again(plan, block, number, position), f"{name_of_block(block, number)}: {why}")
    if not isinstance(scenario.repeats, WidthRepeats):
        return _ending(begun, f"{count(plan.repeats, 'block')}, as the scenario says")
    seen = narrow(_trials(_undisturbed(begun.values())), scenario.repeats.width)
    return _ending(begun, f"{count(plan.repeats, 'block')}, the most that the scenario allows: {seen.reason}")


def settled(made: Sequence[BlockAttempt]) -> BlockAttempt | None:
    """Give the attempt at a block that nothing disturbed; None when there is none."""
    return next((attempt for attempt in made if attempt.whole and not attempt.disturbances), None)


def _repeated(made: Sequence[BlockAttempt]) -> int:
    """Count the attempts that were made because the one before was disturbed."""
    return sum(before.whole and bool(before.disturbances) for before in made[:-1])


def _why_again(made: Sequence[BlockAttempt], retries: int, left: int) -> str:
    last = made[-1]
    if settled(made) is not None:
        return ""
    if not last.whole:
        return f"the last attempt was interrupted after {count(len(last.trials), 'trial')}"
    if _repeated(made) >= retries or left <= 0:
        return ""
    return f"{last.name} was disturbed: {last.why_disturbed}"


def _as_planned(plan: Plan, block: int, position: int) -> tuple[PlannedTrial, ...]:
    of_it = (planned for planned in plan.trials if planned.block == block)
    return tuple(replace(planned, position=position + place) for place, planned in enumerate(of_it))


def _again(plan: Plan, block: int, attempt: int, position: int) -> tuple[PlannedTrial, ...]:
    return repeated_block(plan.cells, block, attempt, seed=plan.seed, position=position)


def _undisturbed(begun: Iterable[Sequence[BlockAttempt]]) -> list[BlockAttempt]:
    return [attempt for made in begun if (attempt := settled(made)) is not None]


def _trials(made: Iterable[BlockAttempt]) -> list[Trial]:
    return [trial for attempt in made for trial in attempt.trials]


def _ending(begun: dict[int, list[BlockAttempt]], why: str) -> Ending:
    made = [attempts_of for attempts_of in begun.values() if attempts_of]
    return Ending(len(made), sum(len(attempts_of) - 1 for attempts_of in made), why)
