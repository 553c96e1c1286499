"""``results.csv``: one row a trial, in the order in which they were run; units stand in the column names.

Failed and invalid trials are rows with their outcome and reason, and a cell that a target cannot serve is a
row without a block, so that no cell is missing. An empty field is a figure that is not known, never 0.
"""

import csv
import io
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from fwcompare.model.measurement import Measurement, Quantiles, Trial
from fwcompare.model.plan import Cell, PlannedTrial
from fwcompare.model.ports import Report
from fwcompare.model.quantities import as_variable
from fwcompare.model.summary import CellSummary
from fwcompare.reporting.figures import one_line
from fwcompare.reporting.steps_csv import steps_csv_text

Row = dict[str, object]


class CsvReporter:
    """Writes ``results.csv`` and, where a workload has several steps, ``steps.csv``."""

    @property
    def name(self) -> str:
        """The name of the format."""
        return "csv"

    def write(self, report: Report) -> Iterable[Path]:
        """Write every trial; parameters and build arguments have a column each, headed ``param_`` and the name."""
        path = report.folder / "results.csv"
        path.write_text(csv_text(report), encoding="utf-8", newline="")
        if (steps := steps_csv_text(report)) is None:
            return [path]
        of_steps = report.folder / "steps.csv"
        of_steps.write_text(steps, encoding="utf-8", newline="")
        return [path, of_steps]


def csv_text(report: Report) -> str:
    """Give the whole table, headed by the names of its columns."""
    rows = trial_rows(report)
    file = io.StringIO(newline="")
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(rows[0].keys() if rows else ())
    writer.writerows(row.values() for row in rows)
    return file.getvalue()


def trial_rows(report: Report) -> list[Row]:
    """Give the rows, all with the same columns: trials by their place in the order, then unsupported cells."""
    known = {cell.key: _known(cell) for cell in report.summary.cells}
    parameters = sorted({name for cell in _cells(report) for name in cell.values})
    services = sorted({name for trial in report.trials if trial.measurement for name in trial.measurement.services})
    ordered = sorted(report.trials, key=lambda trial: (trial.planned.position, trial.started_at))
    rows = [
        _identity(report, trial.planned.cell, parameters) | known[trial.planned.cell.key] | _trial(trial, services)
        for trial in ordered
    ]
    for entry in report.plan.unsupported:
        if entry.cell.key not in known:
            continue  # of a search, which has no row here: summary.json tells of it
        never_run = PlannedTrial(entry.cell, block=0, position=0)
        trial = Trial(never_run, "unsupported", started_at="", elapsed_s=0, reason=entry.reason)
        blank: Row = {"block": None, "attempt": None, "position": None, "elapsed_s": None}
        rows.append(_identity(report, entry.cell, parameters) | known[entry.cell.key] | _trial(trial, services) | blank)
    return rows


def _cells(report: Report) -> Iterable[Cell]:
    return (*report.plan.cells, *(entry.cell for entry in report.plan.unsupported))


def _identity(report: Report, cell: Cell, parameters: Iterable[str]) -> Row:
    values = cell.values
    return {
        "run": report.run,
        "scenario": report.summary.scenario,
        "workload": cell.workload,
        "target": cell.target,
        "runtime": cell.runtime,
        "cell": cell.key,
        **{f"param_{name}": as_variable(values[name]) if name in values else "" for name in parameters},
        "load_model": cell.load.model,
        "connections": cell.load.connections,
        "rate_rps": cell.load.rate,
        "stages": " ".join(f"{stage.duration_s:.12g}s:{stage.rate:.12g}" for stage in cell.load.stages),
        "backlog_policy": cell.load.backlog if cell.load.model == "open" else None,
        "max_connections": cell.load.max_connections,
        "shed_after_s": cell.load.shed_after_s,
        "spawn_rate": cell.load.spawn_rate,
        "think_time_s": cell.load.think_time_s if cell.load.model == "closed" else None,
        "think_time": cell.load.think_time if cell.load.think_time_s else None,
        "keepalive": as_variable(cell.load.keepalive),
    }


def _known(cell: CellSummary) -> Row:
    """Give what holds for every trial of a cell: whether its work was the contract's, and what nothing can exceed."""
    return {"parity": cell.parity, "limit_rps": None if cell.bound is None else cell.bound.throughput_rps}


def _trial(trial: Trial, services: Iterable[str]) -> Row:
    failed_gates = [f"{gate.name}: {gate.seen} (expected {gate.limit})" for gate in trial.gates if not gate.passed]
    seen = trial.measurement
    return {
        "block": trial.planned.block,
        "attempt": trial.planned.attempt,
        "position": trial.planned.position,
        "outcome": trial.outcome,
        "reason": one_line(trial.reason),
        "started_at": trial.started_at,
        "elapsed_s": trial.elapsed_s,
        "failed_gates": one_line("; ".join(failed_gates)),
        "log": trial.log,
        "flamegraph": trial.flamegraph.svg if trial.flamegraph else None,
        **{name: None if seen is None else figure(seen) for name, figure in _MEASURED.items()},
        **{f"{name}_cpu_s": seen.services[name].cpu_s if seen and name in seen.services else None for name in services},
    }


def _quantiles(
    name: str, of: Callable[[Measurement], Quantiles | None]
) -> Mapping[str, Callable[[Measurement], object]]:
    def column(field: str) -> Callable[[Measurement], object]:
        return lambda seen: getattr(of(seen), field, None)

    titles = {"count": "samples"} | {field: f"{field}_ms" for field in ("mean", "p50", "p90", "p99", "max")}
    return {f"{name}_{title}": column(field) for field, title in titles.items()}


_MEASURED: Mapping[str, Callable[[Measurement], object]] = {
    "window_s": lambda seen: seen.window_s,
    "due": lambda seen: seen.counts.due,
    "sent": lambda seen: seen.counts.sent,
    "ok": lambda seen: seen.counts.ok,
    "http_errors": lambda seen: seen.counts.http_errors,
    "transport_errors": lambda seen: seen.counts.transport_errors,
    "timeouts": lambda seen: seen.counts.timeouts,
    "shed": lambda seen: seen.counts.shed,
    "censored": lambda seen: seen.counts.censored,
    "error_rate_share": lambda seen: seen.counts.error_rate,
    "throughput_rps": lambda seen: seen.throughput_rps,
    "offered_rps": lambda seen: seen.open_load.offered_rps if seen.open_load else None,
    "backlog": lambda seen: seen.open_load.backlog if seen.open_load else None,
    "load_verdict": lambda seen: seen.open_load.verdict if seen.open_load else None,
    **_quantiles("response", lambda seen: seen.open_load.response_ms if seen.open_load else None),
    **_quantiles("wait", lambda seen: seen.open_load.wait_ms if seen.open_load else None),
    **_quantiles("lag", lambda seen: seen.open_load.lag_ms if seen.open_load else None),
    **_quantiles("service", lambda seen: seen.service_ms),
    **_quantiles("ttfb", lambda seen: seen.ttfb_ms),
    **_quantiles("connect", lambda seen: seen.connect_ms),
    "received_bytes": lambda seen: seen.bytes_received,
    "connections_established": lambda seen: seen.connections_established,
    "connections_opened": lambda seen: seen.connections_opened,
    "cpu_ms_per_request": lambda seen: seen.cpu_ms_per_request,
    "target_cpu_s": lambda seen: seen.target.cpu_s,
    "target_user_s": lambda seen: seen.target.user_s,
    "target_system_s": lambda seen: seen.target.system_s,
    "target_peak_rss_mib": lambda seen: seen.target.peak_rss_mib,
    "target_processes": lambda seen: seen.target.processes,
    "client_cpu_s": lambda seen: seen.client_cpu_s,
    "client_cpu_ms_per_request": lambda seen: seen.client_cpu_s * 1000 / seen.counts.ok if seen.counts.ok else None,
    "client_share": lambda seen: seen.client_share,
    "client_peak_rss_mib": lambda seen: seen.client_peak_rss_mib,
}
"""The columns of a measurement, in their order; a trial without one leaves them empty."""
