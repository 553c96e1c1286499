"""The tables of trials and of flamegraphs: every trial, whatever became of it."""

from collections.abc import Iterable, Sequence
from typing import Literal

from fwcompare.model.measurement import Flamegraph, Gate, Trial
from fwcompare.model.ports import Report
from fwcompare.reporting import figures
from fwcompare.reporting.chart_trials import counted_trials
from fwcompare.reporting.document import Content, Grid, Link, Words, judged
from fwcompare.reporting.figures import MISSING, number, percent
from fwcompare.reporting.league import labels

Standing = Literal["", "discarded", "disturbed"]

TRIAL_HEADER = (
    "target",
    "block",
    "conn.",
    "outcome",
    "why",
    "throughput req/s",
    "service p50 / p90 / p99 ms",
    "errors",
    "CPU ms/req.",
    "peak RSS MiB",
    "gates",
    "log",
)
"""Of figures and short words, so that the reason can be read without scrolling."""

_CONNECTIONS = TRIAL_HEADER.index("conn.")


FLAMEGRAPH_HEADER = (
    "trial",
    "flamegraph",
    "profiler",
    "samples",
    "busy threads",
    "rate Hz",
    "window s",
    "profiler CPU s",
)


def trial_grid(report: Report, trials: Iterable[Trial]) -> Grid:
    """Give the table of some trials of a run, in the order in which they were run."""
    names = labels(report.plan)
    attempts = {(each.block, each.attempt) for each in report.summary.discarded}
    counted = {_which(trial) for of_cell in counted_trials(report).values() for trial in of_cell}
    rows = []
    for trial in in_order(trials):
        discarded = (trial.planned.block, trial.planned.attempt) in attempts
        kept: Standing = "disturbed" if _which(trial) in counted else "discarded"
        rows.append(trial_row(trial, names[trial.planned.cell.key], kept if discarded else ""))
    loads = {trial.planned.cell.load.connections for trial in report.trials}
    # A load that is the same for all would take the place of the reason.
    single = len(loads) == 1
    columns = [place for place in range(len(TRIAL_HEADER)) if not (single and place == _CONNECTIONS)]
    lost = {row[3].text for row in rows if isinstance(row[3], Words)}
    return Grid(
        caption="Trials in the order of the run, with the gates that each passed"
        + (f", all with {figures.count(max(loads), 'connection')}" if single else ""),
        header=tuple(TRIAL_HEADER[place] for place in columns),
        rows=[[row[place] for place in columns] for row in rows],
        right=[columns.index(place) for place in (1, _CONNECTIONS, *range(5, 11)) if place in columns],
        explained="A quantile is not known (n/a) when fewer than "
        "10 samples lie beyond it. results.csv has more figures, trials.jsonl what each gate saw."
        + "".join(f" {said}" for outcome, said in _STANDINGS.items() if outcome in lost),
        empty="No trial was run.",
    )


def flamegraph_grid(report: Report) -> Grid:
    """Give the table of everything that was profiled, searches first."""
    return Grid(
        caption="Everything that was profiled",
        header=FLAMEGRAPH_HEADER,
        rows=flamegraph_rows(in_order((*report.probes, *report.trials))),
        right=(3, 4, 5, 6, 7),
        empty="No trial was profiled.",
    )


def in_order(trials: Iterable[Trial]) -> list[Trial]:
    """Sort trials by their place in the order of the run."""
    return sorted(trials, key=lambda trial: (trial.planned.position, trial.started_at))


_STANDINGS = {
    "ok, discarded": "Discarded: of an attempt at a block that does not count.",
    "ok, disturbed": "Disturbed: the host disturbed every attempt at the block, and the last one counts after all.",
}
"""What becomes of a trial that is ok by itself."""


def trial_row(trial: Trial, label: str, standing: Standing = "") -> list[Content]:
    """Give one trial, a cell for each of :data:`TRIAL_HEADER`.

    :param standing: what the attempt at its block takes from a trial that is ok by itself.
    """
    seen = trial.measurement
    if seen is None:
        measured = [MISSING] * 5
    else:
        quantiles = (seen.service_ms.p50, seen.service_ms.p90, seen.service_ms.p99)
        measured = [
            number(seen.throughput_rps),
            " / ".join(map(_number, quantiles)),
            MISSING if seen.counts.error_rate is None else percent(seen.counts.error_rate),
            _number(seen.cpu_ms_per_request),
            _number(seen.target.peak_rss_mib),
        ]
    return [
        label,
        block_words(trial),
        str(trial.planned.cell.load.connections),
        Words(f"ok, {standing}", "doubt") if trial.outcome == "ok" and standing else judged(trial.outcome),
        _why(trial),
        *measured,
        _gates(trial.gates),
        Link("log", trial.log) if trial.log else "",
    ]


def flamegraph_rows(trials: Iterable[Trial]) -> list[list[Content]]:
    """Give one row for each profiled trial: the link, or the reason why there is none, and what it is worth."""
    return [
        [trial_words(trial), _graph(trial.flamegraph), *profile_words(trial.flamegraph)]
        for trial in trials
        if trial.flamegraph is not None
    ]


def profile_words(seen: Flamegraph) -> list[str]:
    """Say what a flamegraph is worth, under the headings from "profiler" on."""
    return [
        seen.profiler,
        MISSING if seen.samples is None else f"{seen.samples:,}",
        _number(seen.busy_threads),
        MISSING if seen.rate_hz is None else str(seen.rate_hz),
        _number(seen.window_s),
        _number(seen.profiler_cpu_s),
    ]


def trial_words(trial: Trial) -> str:
    """Name a trial within its run: ``axum-c10 / 2``."""
    return f"{trial.planned.cell.key} / {block_words(trial)}"


def block_words(trial: Trial) -> str:
    """Name the block below the heading "block": ``2``, or ``2, second attempt``."""
    return trial.planned.block_name.removeprefix("block ")


def _graph(seen: Flamegraph) -> Content:
    return Link("flamegraph", seen.svg) if seen.svg else f"none: {seen.reason or 'no reason was recorded'}"


def _which(trial: Trial) -> tuple[str, int, int]:
    return trial.planned.cell.key, trial.planned.block, trial.planned.attempt


def _why(trial: Trial) -> str:
    """Say what became of it, and what each gate saw that was not passed, unless the reason is just that."""
    failed = [gate for gate in trial.gates if not gate.passed and gate.seen not in trial.reason]
    told = [f"{gate.name}: {gate.seen} (expected {gate.limit})" for gate in failed]
    return "; ".join(filter(None, [trial.reason, *told]))


def _gates(gates: Sequence[Gate]) -> str:
    """Say how many gates were passed; ``trials.jsonl`` has what each saw."""
    passed = sum(gate.passed for gate in gates)
    return f"{passed} of {len(gates)}" if gates else ""


def _number(value: float | None) -> str:
    return MISSING if value is None else number(value)
