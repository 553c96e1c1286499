"""Where CPU time goes, as rows of text: the dearest functions of one trial, and what differs between two.

One way to make the rows for the terminal and for a page. Names come last in a row, as they are long; what a row leaves
out is summed up in the rows below it, so that self times always add up to the whole.
"""

import re
from collections.abc import Sequence
from typing import Final, Literal

from fwcompare.model.functions import FunctionChange, FunctionComparison, FunctionTable, FunctionTime, ProfiledTrial
from fwcompare.reporting import figures

Header = tuple[str, ...]
Rows = list[tuple[str, ...]]
Of = Literal["functions", "packages"]

SHOWN: Final = 15
"""How many functions are shown where nobody says how many."""

ERROR_NOTE: Final = (
    "All times are ms of the target's CPU per request. Self is a function's own time, total includes what it calls. "
    "+/- is two standard errors of the number of samples alone: a difference below it may be chance, and one start of "
    "a target differs from the next by more."
)

_ERRORS: Final = 2
_LONGEST: Final = 110
_LEAST_OF_PLACE: Final = 20
_PLACED: Final = re.compile(r"(?P<function>\S.*) \((?P<place>[^() ]+)\)")
_NAMED: Final = 3
_WORTH_NAMING: Final = 0.02
"""What part of the whole a difference must be."""


def top_rows(table: FunctionTable, limit: int = SHOWN, of: Of = "functions") -> tuple[Header, Rows]:
    """Give the functions, or the packages, with the greatest self time; then all others, then the whole.

    Where the CPU time per request is not known, the times are ``n/a`` and the shares of the samples tell the order.
    """
    header: Header = ("self ms", "+/-", "self", "total ms", "total", _NOUN[of])
    times = table.functions if of == "functions" else table.packages
    trial = table.trial
    rows: Rows = [
        (
            _ms(one.self_ms),
            _ms(_error(one)),
            figures.percent(one.self_samples / trial.samples),
            _ms(one.total_ms),
            figures.percent(one.total_samples / trial.samples),
            _name(one.name),
        )
        for one in times[:limit]
    ]
    others = times[limit:]
    if others:
        own = sum(one.self_samples for one in others)
        ms = None if others[0].self_ms is None else sum(one.self_ms or 0.0 for one in others)
        rows.append((_ms(ms), "", figures.percent(own / trial.samples), "", "", _others(len(others), of)))
    if times:
        whole = figures.percent(1)
        rows.append((_ms(trial.cpu_ms_per_request), "", whole, _ms(trial.cpu_ms_per_request), whole, _WHOLE))
    return header, rows


def change_rows(comparison: FunctionComparison, limit: int = SHOWN, of: Of = "functions") -> tuple[Header, Rows]:
    """Give the functions, or the packages, with the greatest difference in self time; then all others, then the whole.

    Differences are b less a, so that what b spends and a does not is positive.
    """
    header: Header = ("self b - a", "+/-", "self a", "self b", "total a", "total b", _NOUN[of])
    changes = comparison.functions if of == "functions" else comparison.packages
    rows: Rows = [
        (
            _signed(one.self_ms),
            _ms(_ERRORS * one.self_error_ms),
            _ms(one.a_self_ms),
            _ms(one.b_self_ms),
            _ms(one.a_total_ms),
            _ms(one.b_total_ms),
            _name(one.name),
        )
        for one in changes[:limit]
    ]
    others = changes[limit:]
    if others:
        a, b = sum(one.a_self_ms for one in others), sum(one.b_self_ms for one in others)
        rows.append((_signed(b - a), "", _ms(a), _ms(b), "", "", _others(len(others), of)))
    if changes:
        a, b = (trial.cpu_ms_per_request or 0.0 for trial in (comparison.a, comparison.b))
        rows.append((_signed(b - a), "", _ms(a), _ms(b), _ms(a), _ms(b), _WHOLE))
    return header, rows


def profile_line(trial: ProfiledTrial) -> str:
    """Say in one sentence which trial was profiled, and what the profile is worth."""
    cost = "an unknown amount of" if trial.profiler_cpu_s is None else f"{trial.profiler_cpu_s:.2f} s of"
    attempt = "" if trial.attempt == 1 else f", attempt {trial.attempt}"
    return figures.one_line(
        f"{trial.title} ({trial.cell}, block {trial.block}{attempt}, run {trial.run}): {on_cpu(trial)}; "
        f"{trial.samples:,} samples by {trial.profiler} at {trial.rate_hz} Hz in {trial.window_s:g} s, "
        f"{trial.busy_threads:.2f} threads busy on average; the profiler used {cost} CPU"
    )


def on_cpu(trial: ProfiledTrial) -> str:
    """Say what the target used of the CPU in the measured window of the trial."""
    per_request = (
        "its CPU time per request is not known"
        if trial.cpu_ms_per_request is None
        else f"{figures.number(trial.cpu_ms_per_request)} ms of CPU per request"
    )
    if trial.cores is None:
        return per_request
    share = "" if not trial.cpus else f" ({figures.percent(trial.cores / trial.cpus)} of the {trial.cpus:g} it had)"
    return f"{per_request}, {trial.cores:.2f} CPUs in use{share}"


def answer_line(comparison: FunctionComparison) -> str:
    """Name the functions that explain the difference, as far as their samples carry it.

    Across languages it is packages: no function of one is in the other. Where waits were sampled too, it says so.
    """
    return " ".join(filter(None, (_answer(comparison), _waits(comparison))))


def _waits(comparison: FunctionComparison) -> str:
    sides = [
        f"in {letter} {trial.busy_threads:.1f} threads looked busy on {trial.cores:.2f} cores"
        for letter, trial in (("a", comparison.a), ("b", comparison.b))
        if trial.waits_are_counted
    ]
    if not sides:
        return ""
    return (
        f"Read the functions with care: {' and '.join(sides)}, so that those in which threads wait for the "
        "interpreter's lock or for a CPU look dearer than they are."
    )


def _answer(comparison: FunctionComparison) -> str:
    before, after = (trial.cpu_ms_per_request or 0.0 for trial in (comparison.a, comparison.b))
    a, b = figures.number(before), figures.number(after)
    least = _WORTH_NAMING * max(before, after)
    of: Of = "functions" if comparison.a.language == comparison.b.language else "packages"
    named = comparison.functions if of == "functions" else comparison.packages
    certain = [one for one in named if abs(one.self_ms) > max(least, _ERRORS * one.self_error_ms)]
    more = _listing([one for one in certain if one.self_ms > 0])
    less = _listing([one for one in certain if one.self_ms < 0])
    if a == b:
        told = [f"a and b use {a} ms of CPU per request each."]
        told += [f"b less a: {both}." for both in (" and ".join(filter(None, (more, less))),) if both]
        return " ".join(told)
    size = figures.number(abs(after - before))
    told = [f"b uses {size} ms of CPU per request {'more' if after > before else 'less'} than a ({b} against {a})."]
    most, against = (more, less) if after > before else (less, more)
    told.append(
        f"Most of it: {most}."
        if most
        else f"No single {_NOUN[of]} explains it: each difference may be chance at this number of samples, or is small."
    )
    return " ".join([*told, f"On the other side: {against}."] if against else told)


_NOUN: Final = {"functions": "function", "packages": "package"}
_WHOLE: Final = "the whole of a request"


def _others(count: int, of: Of) -> str:
    return f"({count:,} other {_NOUN[of] if count == 1 else of})"


def _listing(changes: Sequence[FunctionChange]) -> str:
    return figures.listing([f"{_signed(one.self_ms)} in {_name(one.name)}" for one in changes[:_NAMED]])


def _error(time: FunctionTime) -> float | None:
    return None if time.self_error_ms is None else _ERRORS * time.self_error_ms


def _ms(value: float | None) -> str:
    return figures.MISSING if value is None else figures.number(value)


def _signed(value: float) -> str:
    return f"+{figures.number(value)}" if value > 0 else figures.number(value)


def _name(name: str) -> str:
    """Shorten a name where it tells least.

    Of ``function (place)`` the beginning of the place goes; of any other the middle: the end tells the function, the
    beginning the crate or the module.
    """
    line = figures.one_line(name)
    if len(line) <= _LONGEST:
        return line
    placed = _PLACED.fullmatch(line)
    room = _LONGEST - len(placed["function"]) - len(" (...)") if placed else 0
    if placed and room >= _LEAST_OF_PLACE:
        return f"{placed['function']} (...{placed['place'][-room:]})"
    half = (_LONGEST - len("...")) // 2
    return f"{line[:half]}...{line[-half:]}"
