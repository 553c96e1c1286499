"""Makes the loads of the ground truths on a host that is fit for them, and sets what is said beside what is true.

The host is judged by its own signs before, during and after a load, never by the outcome: a known answer must come on
time, and no task may wait for a CPU. A load on an unfit host is made again, and then shown as such, without a verdict.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from fwcompare.stats.host_fitness import MOST_ANSWER_LATE_MS, known_answer_late, truth_disturbed
from loadgen_bench.measuring import Measured, measure
from loadgen_bench.servers import Server, stub_server
from loadgen_bench.tools import OURS
from loadgen_bench.tools.tool import Load, Tool
from loadgen_bench.truth_trials import TITLES, Trial, trials
from loadgen_bench.truths import error_share, within

_CALIBRATION_MS: Final = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One trial. ``said`` is empty when the tool refused; ``unfit`` says why no verdict is given."""

    trial: Trial
    refusal: str | None
    unfit: str | None
    said: Mapping[str, float]


def tell_truths(
    names: Sequence[str], tools: Sequence[Tool], stub_program: Path, attempts: int, tell: Callable[[str], None]
) -> list[Told]:
    """Make all trials.

    :raises BenchError: the stub server does not start, or a tool fails.
    """
    told = []
    for name in names:
        for tool in tools:
            for trial in trials(name, tool):
                told.append(_tell(trial, stub_program, attempts))
                tell(f"{name} {tool.name}, {trial.mode}: {_how(told[-1])}")
    return told


def truth_table(told: Sequence[Told]) -> list[str]:
    """Give the trials as lines, a truth after the other."""
    lines: list[str] = []
    for name in dict.fromkeys(one.trial.name for one in told):
        lines += ["", TITLES[name], f"  {'':<8}{'asked':<48}{'figure':<12}{'truth':>9}{'said':>9}{'error':>9}  verdict"]
        for one in (one for one in told if one.trial.name == name):
            lines += _rows(one)
    lines += [
        "",
        *(f"host unfit for {one.trial.tool.name}, {one.trial.mode}: {one.unfit}" for one in told if one.unfit),
    ]
    return lines[1:]


def truth_document(told: Sequence[Told]) -> list[dict[str, object]]:
    """Give the trials as JSON values."""
    return [
        {
            "truth_name": one.trial.name,
            "tool": one.trial.tool.name,
            "mode": one.trial.mode,
            "refusal": one.refusal,
            "unfit": one.unfit,
            "truth": dict(one.trial.truth),
            "said": dict(one.said),
        }
        for one in told
    ]


def _how(one: Told) -> str:
    return one.refusal or ("done" if one.unfit is None else f"host unfit: {one.unfit}")


def _tell(trial: Trial, stub_program: Path, attempts: int) -> Told:
    refusal = trial.tool.refusal(trial.load)
    if refusal is not None:
        return Told(trial=trial, refusal=refusal, unfit=None, said={})
    unfit: str | None = None
    said: Mapping[str, float] = {}
    for attempt in range(attempts):
        # A server of its own each time: its periods and its draws begin with it.
        with stub_server(stub_program, core=None) as server:
            unfit = _lateness(server)
            # The last time in any case: figures without a verdict are better than none.
            if unfit is None or attempt == attempts - 1:
                measured = measure(trial.tool, replace(trial.load, url=server.url + trial.script), server, core=None)
                said = trial.read(measured.said)
                unfit = unfit or _disturbed(measured) or _lateness(server)
        if unfit is None:
            break
    return Told(trial=trial, refusal=None, unfit=unfit, said=said)


def _lateness(server: Server) -> str | None:
    """Say by how much a known answer comes too late here; None if the host is fit."""
    url = f"{server.url}?service_us={_CALIBRATION_MS * 1000:.0f}"
    seen = measure(OURS, Load(url=url, connections=2, seconds=1, rate=200.0, warmup_s=0.2), server, core=None)
    return known_answer_late({q: seen.said.quantiles_ms[q] - _CALIBRATION_MS for q in MOST_ANSWER_LATE_MS})


def _disturbed(measured: Measured) -> str | None:
    return truth_disturbed(pressure_share=measured.signs.pressure, lag_p99_ms=measured.said.lag_p99_ms)


def _rows(one: Told) -> list[str]:
    start = f"  {one.trial.tool.name:<8}{one.trial.mode:<48}"
    if one.refusal is not None:
        return [f"{start}not applicable: {one.refusal}"]
    rows = []
    for figure in one.trial.truth or one.said:
        said = one.said.get(figure)
        truth = one.trial.truth.get(figure)
        row = f"{start}{figure:<12}"
        row += f"{'-':>9}" if truth is None else f"{truth:>9.2f}"
        row += f"{'-':>9}" if said is None else f"{said:>9.2f}"
        row += f"{'':>9}" if truth is None or said is None else f"{error_share(truth, said):>+9.1%}"
        rows.append(f"{row}  {_verdict(one, figure, truth, said)}".rstrip())
        start = f"  {'':<8}{'':<48}"
    return rows


def _verdict(one: Told, figure: str, truth: float | None, said: float | None) -> str:
    if said is None:
        return "does not say"
    if truth is None:
        last = "p99" if "p99" in one.said else "mean"
        return "the lie: says nothing of users' waits" if figure == last else ""
    if one.unfit is not None:
        return "not judged: host unfit"
    return "within" if within(figure, truth, said) else f"off by {said - truth:+.2f}"
