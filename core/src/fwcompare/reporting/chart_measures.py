"""Which figures of a cell are drawn against its load, for matplotlib and for Vega-Lite alike."""

from collections.abc import Callable

from fwcompare.model.ports import Report
from fwcompare.model.summary import CellSummary, Interval
from fwcompare.reporting.chart_series import Panel, Point
from fwcompare.reporting.league import QUANTILES, Quantile


def throughput() -> Panel:
    """2xx answers per second, with lower bounds marked."""
    return Panel("throughput (requests/s)", _throughput)


def error_rate() -> Panel:
    """The share of errors in percent."""
    return Panel("requests without a 2xx answer (%)", _error_rate)


def cpu_per_request() -> Panel:
    """CPU time of the target per request."""
    return Panel("CPU per request (ms)", _cpu_per_request)


def cores() -> Panel:
    """CPUs that the target kept busy."""
    return Panel("CPU used (cores)", _cores)


def memory() -> Panel:
    """The highest resident memory of the target's processes."""
    return Panel("peak RSS (MiB)", _memory)


def requests() -> Panel:
    """How many requests the figures are made of."""
    return Panel("requests sent in all valid trials", _requests)


def times(report: Report) -> tuple[Panel, ...]:
    """Response times of an open model, service times of a closed one: p50, p90 and p99."""
    closed = is_closed(report)
    return tuple(
        Panel(f"{quantile} (ms)", _time(quantile, closed=closed), _untimed(quantile, closed=closed))
        for quantile in QUANTILES
    )


def times_title(report: Report) -> str:
    """Say which times they are, and why."""
    return "Service time (closed model: no due time, so no response time)" if is_closed(report) else "Response time"


def is_closed(report: Report) -> bool:
    """Tell whether no cell of the run has a due time."""
    return all(cell.load.model == "closed" for cell in report.summary.cells)


def _throughput(cell: CellSummary) -> Point | None:
    return _point(cell.throughput_rps, lower_bound=cell.throughput_is_lower_bound)


def _cpu_per_request(cell: CellSummary) -> Point | None:
    return _point(cell.cpu_ms_per_request)


def _error_rate(cell: CellSummary) -> Point | None:
    return None if cell.error_rate is None else Point(cell.error_rate * 100)


def _cores(cell: CellSummary) -> Point | None:
    return None if cell.target_cores is None else Point(cell.target_cores)


def _memory(cell: CellSummary) -> Point | None:
    return None if cell.peak_rss_mib is None else Point(cell.peak_rss_mib)


def _requests(cell: CellSummary) -> Point | None:
    return None if cell.requests is None else Point(cell.requests)


def _time(quantile: Quantile, *, closed: bool) -> Callable[[CellSummary], Point | None]:
    def figure(cell: CellSummary) -> Point | None:
        seen = cell.service_ms if closed else cell.response_ms
        if seen is None:
            return None
        if quantile in seen.intervals:
            return _point(seen.intervals[quantile])
        value: float | None = getattr(seen, quantile)
        return None if value is None else Point(value)

    return figure


def _untimed(quantile: Quantile, *, closed: bool) -> Callable[[CellSummary], str]:
    def absence(cell: CellSummary) -> str:
        # The times of an overloaded target tell how long the load lasted.
        if not closed and cell.verdict == "saturated":
            return "saturated"
        field = "service_ms" if closed else "response_ms"
        return cell.reasons.get(f"{field}.{quantile}") or cell.reasons.get(field) or f"{quantile} (ms) not known"

    return absence


def _point(interval: Interval | None, *, lower_bound: bool = False) -> Point | None:
    return None if interval is None else Point(interval.mean, interval.low, interval.high, lower_bound)
