"""Where CPU time goes, from the stacks of a profile: function by function, package by package, and in two trials.

Decides what self and total are. Leaves out how stacks are sampled and read (``profilers/``), to which package a frame
belongs (``packages.py``) and how tables are drawn (``reporting/function_table.py``). Pure.

The name of a thread, which perf puts at a stack's root, is no function and belongs to no package.
"""

import math
from collections import Counter
from collections.abc import Mapping
from typing import Final

from fwcompare.errors import MeasurementError
from fwcompare.model.functions import FunctionChange, FunctionComparison, FunctionTable, FunctionTime, ProfiledTrial
from fwcompare.stats.packages import Stack, packages_of

_NAME_THREADS: Final = frozenset({"perf", "perf-fp"})
"""The profilers whose root frames are names of threads."""


def function_table(stacks: Mapping[Stack, int], trial: ProfiledTrial) -> FunctionTable:
    """Count what each function and each package used.

    :param stacks: samples of each distinct stack, the root first.
    :param trial: what was profiled; its ``samples`` are taken from the stacks.
    """
    trial = trial.model_copy(update={"samples": sum(stacks.values())})
    functions: Counter[Stack] = Counter()
    packages: Counter[Stack] = Counter()
    for stack, samples in stacks.items():
        # A stack of nothing but a thread's name is not to be lost.
        frames = stack[1:] or stack if trial.profiler in _NAME_THREADS else stack
        functions[frames] += samples
        packages[packages_of(frames, trial.language)] += samples
    return FunctionTable(trial=trial, functions=_times(functions, trial), packages=_times(packages, trial))


def compare_functions(a: FunctionTable, b: FunctionTable) -> FunctionComparison:
    """Hold trial ``b`` against trial ``a``; what one of them never showed took 0 ms there, within its error.

    :raises MeasurementError: when the CPU time per request of one of them is not known.
    """
    for trial in (a.trial, b.trial):
        if trial.cpu_ms_per_request is None or not trial.samples:
            raise MeasurementError(
                f"the profile of {trial.cell} in run {trial.run} cannot be compared",
                seen="no samples" if not trial.samples else "its CPU time per request is not known",
                expected="a trial that answered requests while its CPU time was read",
                hint="fwcompare flamegraph RUN TARGET --top 15    shows the shares of the samples",
            )
    return FunctionComparison(
        a=a.trial,
        b=b.trial,
        functions=_changes(a.functions, b.functions, a.trial, b.trial),
        packages=_changes(a.packages, b.packages, a.trial, b.trial),
        notes=_notes(a.trial, b.trial),
    )


def _times(stacks: Mapping[Stack, int], trial: ProfiledTrial) -> list[FunctionTime]:
    own: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for stack, samples in stacks.items():
        own[stack[-1]] += samples
        for name in set(stack):
            total[name] += samples
    times = [
        FunctionTime(
            name=name,
            self_samples=own[name],
            total_samples=total[name],
            self_ms=_ms(own[name], trial),
            total_ms=_ms(total[name], trial),
            self_error_ms=_error_ms(own[name], trial),
        )
        for name in total
    ]
    return sorted(times, key=lambda time: (-time.self_samples, -time.total_samples, time.name))


def _ms(samples: int, trial: ProfiledTrial) -> float | None:
    if trial.cpu_ms_per_request is None or not trial.samples:
        return None
    return samples / trial.samples * trial.cpu_ms_per_request


def _error_ms(samples: int, trial: ProfiledTrial) -> float | None:
    """Give the standard error of a share of the samples, in ms; one more of each, as none seen is not none at all."""
    if trial.cpu_ms_per_request is None or not trial.samples:
        return None
    share = (samples + 1) / (trial.samples + 2)
    return math.sqrt(share * (1 - share) / trial.samples) * trial.cpu_ms_per_request


def _changes(
    a: list[FunctionTime], b: list[FunctionTime], trial_a: ProfiledTrial, trial_b: ProfiledTrial
) -> list[FunctionChange]:
    of_a, of_b = ({time.name: time for time in times} for times in (a, b))
    changes = []
    for name in {**of_a, **of_b}:
        a_self, a_total, a_error = _figures(of_a.get(name), trial_a)
        b_self, b_total, b_error = _figures(of_b.get(name), trial_b)
        change = FunctionChange(
            name=name,
            a_self_ms=a_self,
            b_self_ms=b_self,
            self_ms=b_self - a_self,
            self_error_ms=math.hypot(a_error, b_error),
            a_total_ms=a_total,
            b_total_ms=b_total,
            total_ms=b_total - a_total,
        )
        changes.append(change)
    return sorted(changes, key=lambda one: (-abs(one.self_ms), -abs(one.total_ms), one.name))


def _figures(time: FunctionTime | None, trial: ProfiledTrial) -> tuple[float, float, float]:
    """Give self, total and the error of self, all known by now."""
    if time is None:
        return 0.0, 0.0, _error_ms(0, trial) or 0.0
    return time.self_ms or 0.0, time.total_ms or 0.0, time.self_error_ms or 0.0


def _notes(a: ProfiledTrial, b: ProfiledTrial) -> list[str]:
    notes = []
    if a.language != b.language:
        notes.append(
            f"a is in {a.language}, b in {b.language}: no function of one is in the other, so the functions only say "
            "where each spends its time; it is totals and packages that can be held side by side."
        )
    if a.profiler != b.profiler:
        notes.append(
            f"a was seen by {a.profiler}, b by {b.profiler}: py-spy counts C code and the kernel as the Python "
            "function that called them, perf shows them by name."
        )
    if (a.run, a.cell) != (b.run, b.cell) and a.workload != b.workload:
        notes.append(f"a served workload {a.workload}, b {b.workload}: their requests are not the same work.")
    notes += [note for trial, letter in ((a, "a"), (b, "b")) if (note := _wanting(trial, letter))]
    return notes


def _wanting(trial: ProfiledTrial, letter: str) -> str:
    if not trial.waits_are_counted:
        return ""
    return (
        f"In the profile of {letter}, {trial.busy_threads:.2f} threads were busy on average, and the kernel counted "
        f"{trial.cores or 0.0:.2f} cores: some samples are of threads that were waiting for the interpreter's lock or "
        "for a CPU, and the functions they stood in look dearer than they are."
    )
