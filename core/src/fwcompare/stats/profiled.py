"""Which trials stand for a target when its profile is looked at, and why there is none.

Decides by rule, never by what the profile shows: of the trials that count, the one whose throughput lies nearest to its
cell's mean. Pure.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from fwcompare.errors import HostError, ScenarioError
from fwcompare.model.measurement import Trial
from fwcompare.model.plan import Cell
from fwcompare.model.ports import Report
from fwcompare.stats.blocks import is_valid
from fwcompare.stats.wording import headline


@dataclass(frozen=True)
class Chosen:
    """A trial with a profile, and why it is this one."""

    trial: Trial
    why: str


def profiled(report: Report, name: str) -> tuple[Trial, ...]:
    """Give every trial with a profile of a target, or of a cell.

    :param name: the target's, or the cell's key.
    :raises ScenarioError: when the run has neither.
    :raises HostError: when there is no profile, with every reason recorded.
    """
    every = (*report.probes, *report.trials)
    trials = [trial for trial in every if name in (trial.planned.cell.target, trial.planned.cell.key)]
    if not trials:
        raise ScenarioError(
            f"run {report.run} has no target {name!r}",
            expected=", ".join(sorted({trial.planned.cell.target for trial in every})) or "no trial has ended yet",
        )
    found = tuple(trial for trial in trials if trial.flamegraph is not None and trial.flamegraph.svg)
    if not found:
        reasons = dict.fromkeys(
            trial.flamegraph.reason if trial.flamegraph is not None else f"trial {trial.outcome}: {trial.reason}"
            for trial in trials
            if trial.flamegraph is not None or not trial.planned.cell.load.probe
        )
        raise HostError(f"target {name!r} has no flamegraph in run {report.run}", seen="\n".join(reasons))
    return found


def choose(
    report: Report, name: str, *, cell: str | None = None, block: int | None = None, like: Cell | None = None
) -> Chosen:
    """Choose the trial that stands for a target.

    :param name: the target's, or a cell's key.
    :param cell: the key of the cell; else the one under the load of ``like``, where there is one, or the last planned,
        which in a sweep has the most load.
    :param block: the block; else the trial nearest to its cell's mean throughput.
    :raises ScenarioError: when there is no such target, cell or block.
    :raises HostError: when there is no profile, with the reason.
    """
    trials = profiled(report, name)
    if cell is not None:
        trials = tuple(trial for trial in trials if trial.planned.cell.key == cell)
        if not trials:
            raise ScenarioError(
                f"target {name!r} has no profile of a cell {cell!r} in run {report.run}",
                expected=_listed(dict.fromkeys(trial.planned.cell.key for trial in profiled(report, name))),
            )
    of_cell = _of_one_cell(report, trials, like)
    if block is not None:
        return Chosen(_of_block(of_cell, block), "as asked for")
    return nearest_to_mean(report, of_cell)


def nearest_to_mean(report: Report, trials: Sequence[Trial]) -> Chosen:
    """Choose, of trials of one cell, the one whose throughput is nearest to the cell's geometric mean.

    Of those whose figures count, if there are any.
    """
    key = trials[0].planned.cell.key
    mean = next((cell.throughput_rps for cell in report.summary.cells if cell.key == key), None)
    discarded = {(block.block, block.attempt) for block in report.summary.discarded}
    valid = [trial for trial in trials if is_valid(trial) and _rate(trial) > 0]
    # Where the host disturbed every block, the mean is of what it left.
    counted = [one for one in valid if (one.planned.block, one.planned.attempt) not in discarded]
    candidates = counted or valid
    though = "" if counted else ", though no undisturbed block of it is left"
    if mean is None or not candidates:
        return Chosen(trials[0], f"no trial of {key} with a profile counts; this is the first")
    if len(candidates) == 1:
        return Chosen(candidates[0], f"the only trial of {key} with a profile that counts{though}")
    return Chosen(
        min(candidates, key=lambda trial: abs(math.log(_rate(trial) / mean.mean))),
        f"of {len(candidates)} trials of {key} with a profile, the nearest to the mean throughput{though}",
    )


def _of_one_cell(report: Report, trials: Sequence[Trial], like: Cell | None) -> list[Trial]:
    keys = dict.fromkeys(trial.planned.cell.key for trial in trials)
    alike = [
        trial.planned.cell.key
        for trial in trials
        if like is not None and (trial.planned.cell.workload, trial.planned.cell.load) == (like.workload, like.load)
    ]
    planned = [cell.key for cell in report.plan.every_cell if cell.key in keys]
    same = [cell.key for cell in report.plan.every_cell if like is not None and cell.key in alike]
    valid = {cell.key for cell in report.summary.cells if cell.outcome == "ok"}
    order = same or alike or [key for key in planned if key in valid] or planned or list(keys)
    return [trial for trial in trials if trial.planned.cell.key == order[-1]]


def _of_block(trials: Sequence[Trial], block: int) -> Trial:
    found = [trial for trial in trials if trial.planned.block == block]
    if not found:
        key = trials[0].planned.cell.key
        raise ScenarioError(
            f"cell {key} has no profile of block {block}",
            seen="\n".join(
                headline(trial.flamegraph.reason)
                for trial in trials
                if trial.flamegraph is not None and trial.flamegraph.reason
            ),
            expected="block " + _listed(dict.fromkeys(str(trial.planned.block) for trial in trials)),
        )
    return found[-1]


def _rate(trial: Trial) -> float:
    return 0.0 if trial.measurement is None else trial.measurement.throughput_rps


def _listed(names: dict[str, None]) -> str:
    return ", ".join(names)
