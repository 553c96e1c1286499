"""Rows of the trial table and the flamegraph table of ``report.md``: every trial, whatever became of it."""

from collections.abc import Iterable, Sequence

from fwcompare.model.measurement import Flamegraph, Gate, Trial
from fwcompare.reporting.figures import MISSING, number, percent
from fwcompare.reporting.gfm import escape, link

TRIAL_HEADER = (
    "place",
    "block",
    "target",
    "connections",
    "outcome",
    "reason",
    "throughput req/s",
    "service p50 / p90 / p99 ms",
    "errors",
    "CPU ms/request",
    "peak RSS MiB",
    "client's CPU share",
    "gates",
    "log",
)


def trial_row(trial: Trial, label: str) -> list[str]:
    """Write one trial in finished Markdown, a cell for each of :data:`TRIAL_HEADER`."""
    seen = trial.measurement
    if seen is None:
        measured = [MISSING] * 6
    else:
        quantiles = (seen.service_ms.p50, seen.service_ms.p90, seen.service_ms.p99)
        measured = [
            number(seen.throughput_rps),
            " / ".join(map(_number, quantiles)),
            MISSING if seen.counts.error_rate is None else percent(seen.counts.error_rate),
            _number(seen.cpu_ms_per_request),
            _number(seen.target.peak_rss_mib),
            percent(seen.client_share),
        ]
    return [
        str(trial.planned.position),
        _block(trial),
        escape(label),
        str(trial.planned.cell.load.connections),
        trial.outcome,
        escape(trial.reason),
        *measured,
        _gates(trial.gates),
        link("log", trial.log) if trial.log else "",
    ]


def flamegraph_rows(trials: Iterable[Trial]) -> list[list[str]]:
    """Write one row for each profiled trial: the link, or the reason why there is none, and what it is worth."""
    return [_flamegraph(trial, trial.flamegraph) for trial in trials if trial.flamegraph is not None]


def _flamegraph(trial: Trial, seen: Flamegraph) -> list[str]:
    return [
        escape(f"{trial.planned.cell.key} / {_block(trial)}"),
        link("flamegraph", seen.svg) if seen.svg else escape(f"none: {seen.reason or 'no reason was recorded'}"),
        escape(seen.profiler),
        MISSING if seen.samples is None else f"{seen.samples:,}",
        _number(seen.busy_threads),
        MISSING if seen.rate_hz is None else str(seen.rate_hz),
        _number(seen.window_s),
        _number(seen.profiler_cpu_s),
    ]


def _block(trial: Trial) -> str:
    """Name the block below the heading "block": ``2``, or ``2, second attempt``."""
    return trial.planned.block_name.removeprefix("block ")


def _gates(gates: Sequence[Gate]) -> str:
    """Say how many gates there were and what each of them saw that was not passed; ``trials.jsonl`` has them all."""
    failed = [gate for gate in gates if not gate.passed]
    if not failed:
        return f"{len(gates)} passed" if gates else ""
    told = [f"**FAILED** {escape(f'{gate.name}: {gate.seen} (expected {gate.limit})')}" for gate in failed]
    passed = len(gates) - len(failed)
    return "; ".join([*told, *([f"{passed} passed"] if passed else [])])


def _number(value: float | None) -> str:
    return MISSING if value is None else number(value)
