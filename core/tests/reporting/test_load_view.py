"""The terminal view of one load, from a made-up report."""

import io
from collections.abc import Callable
from typing import Any

import pytest
from rich.console import Console

from fwcompare.model.load_report import LoadReport
from fwcompare.reporting.load_view import print_load


def figures(count: int, scale: float, **changes: object) -> dict[str, Any]:
    return {
        "count": count,
        "mean": 1.3 * scale,
        "p50": scale,
        "p90": 2 * scale,
        "p95": 2.5 * scale,
        "p99": 4 * scale,
        "p99_9": 9 * scale,
        "max": 12 * scale,
        "at_least": (),
        **changes,
    }


NOTHING: dict[str, Any] = {**dict.fromkeys(figures(0, 1)), "count": 0, "at_least": ()}


def closed(**changes: object) -> LoadReport:
    fields: dict[str, Any] = {
        "schema": 1,
        "model": "closed",
        "asked": {
            "url": "http://127.0.0.1:8000/users",
            "method": "GET",
            "connections": 10,
            "duration_s": 10.0,
            "requests": None,
            "warmup_s": 0.0,
            "timeout_s": 0.1,
            "keepalive": True,
            "threads": 1,
            **dict.fromkeys(("rate", "arrivals", "seed", "backlog", "max_connections", "shed_after_s")),
        },
        "interrupted": False,
        "window_s": 10.0,
        "requests": {
            "due": 12_345,
            "sent": 12_345,
            "ok": 12_300,
            "http_errors": 20,
            "transport_errors": 3,
            "timeouts": 15,
            "shed": 0,
            "censored": 7,
            "unexpected": None,
        },
        "by_status": {"200": 12_300, "302": 5, "500": 15},
        "by_error": {"reset": 3, "timeout": 15},
        "response_ms": None,
        "service_ms": figures(12_315, 1.5, p99_9=100.0, max=101.0, at_least=("mean", "p99_9", "max")),
        "http_error_service_ms": figures(20, 0.2, p90=None, p95=None, p99=None, p99_9=None),
        "ttfb_ms": figures(12_320, 1.25),
        "wait_ms": None,
        "lag_ms": None,
        "connect_ms": figures(28, 0.1, p90=None, p95=None, p99=None, p99_9=None),
        "histogram": [
            {"from_ms": 0.1, "to_ms": 1, "count": 3_000},
            {"from_ms": 1, "to_ms": 10, "count": 9_299},
            {"from_ms": 10, "to_ms": 100, "count": 1},
            {"from_ms": 100, "to_ms": 1000, "count": 15},
        ],
        "throughput_rps": 1230.0,
        "offered_rps": None,
        "steady": None,
        "backlog_end": None,
        "verdict": "ok",
        "verdict_reason": "the generator was not the limit",
        "connections": {"requested": 10, "established": 9, "opened": 28, "idle_close_retries": 2},
        "bytes_received": 1_234_567,
        "client": {
            "cpu_s": 1.234,
            "total_cpu_s": 1.3,
            "spin_s": 0.0,
            "waited_s": 0.0,
            "threads": 1,
            "cpu_share": 0.1234,
        },
        "reasons": {"response_ms": "the closed model has no due time"},
        **changes,
    }
    return LoadReport.model_validate(fields)


def saturated(**changes: object) -> LoadReport:
    """Give a load of 1,000/s for 10 s on a target that serves 612/s."""
    asked = closed().asked.model_dump() | {"rate": 1000.0, "arrivals": "poisson", "seed": 7, "backlog": "queue"}
    requests = {**dict.fromkeys(closed().requests.model_dump(), 0), "unexpected": None}
    fields: dict[str, Any] = {
        "model": "open",
        "asked": asked | {"timeout_s": 30.0},
        "requests": requests | {"due": 10_000, "sent": 9_190, "ok": 9_180, "censored": 820},
        "by_status": {"200": 9_180},
        "by_error": {},
        "response_ms": {
            "count": 10_000,
            "mean": 3_150.0,
            "p50": 3_170.0,
            "p90": 5_700.0,
            "p95": 6_020.0,
            "p99": 6_270.0,
            "p99_9": 6_330.0,
            "max": 6_340.0,
            "at_least": ("mean", "p95", "p99", "p99_9", "max"),
        },
        "service_ms": figures(9_180, 16.0, p99_9=None),
        "http_error_service_ms": NOTHING,
        "ttfb_ms": figures(9_180, 16.0, p99_9=None),
        "wait_ms": figures(9_190, 480.0, p50=2_880.0, p90=5_180.0, p99=5_690.0),
        "lag_ms": figures(9_190, 0.01),
        "histogram": [
            {"from_ms": 10, "to_ms": 100, "count": 150},
            {"from_ms": 100, "to_ms": 1_000, "count": 1_420},
            {"from_ms": 1_000, "to_ms": 10_000, "count": 8_430},
        ],
        "throughput_rps": 612.0,
        "offered_rps": 1000.0,
        "steady": False,
        "backlog_end": 3_880,
        "verdict": "saturated",
        "verdict_reason": "offered 1000.0/s, served 612.0/s; the backlog grew by 3880 requests to 3880 in 10.0 s, and "
        "0 requests timed out or were shed; response times grow with the length of such a load: look for a rate below "
        "612/s",
        "connections": {"requested": 10, "established": 10, "opened": 10, "idle_close_retries": 0},
        "reasons": {},
        **changes,
    }
    return closed(**fields)


def printed(report: LoadReport, *, terminal: bool = False) -> str:
    out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    print_load(report, Console(file=out, width=80, force_terminal=terminal, highlight=False, color_system=None))
    out.seek(0)
    return out.read()


def test_the_view_is_as_it_was(check_snapshot: Callable[[str, str], None]) -> None:
    check_snapshot("load-closed-80.txt", printed(closed()))


def test_the_view_of_a_saturated_target_is_as_it_was(check_snapshot: Callable[[str, str], None]) -> None:
    text = printed(saturated())
    assert "10.0 s x (1,000 / 612 - 1) = 6.34 s" in " ".join(text.split())
    assert max(map(len, text.splitlines())) <= 80
    check_snapshot("load-saturated-80.txt", text)


def test_the_view_of_nothing_is_as_it_was(check_snapshot: Callable[[str, str], None]) -> None:
    report = closed(
        interrupted=True,
        window_s=0.0,
        requests={**dict.fromkeys(closed().requests.model_dump(), 0), "unexpected": None},
        by_status={},
        by_error={},
        **dict.fromkeys(("service_ms", "http_error_service_ms", "ttfb_ms", "connect_ms"), NOTHING),
        histogram=(),
        throughput_rps=None,
        reasons={"throughput_rps": "the load was stopped before the measured window began"},
        client={"cpu_s": 0.0, "total_cpu_s": 0.0, "spin_s": 0.0, "waited_s": 0.0, "threads": 1, "cpu_share": None},
    )
    check_snapshot("load-nothing-80.txt", printed(report))


@pytest.mark.parametrize("verdict", ["ok", "generator-limited"])
def test_no_line_is_wider_than_eighty_columns(verdict: str) -> None:
    report = closed(verdict=verdict, verdict_reason="of a long reason " * 20)
    assert max(map(len, printed(report).splitlines())) <= 80
    assert f"verdict      {verdict}: of a long reason" in printed(report)


def test_a_terminal_shows_the_same_text() -> None:
    assert printed(closed(), terminal=True).replace("\x1b[1m", "").replace("\x1b[2m", "").replace("\x1b[0m", "") == (
        printed(closed())
    )


def test_what_would_mislead_is_noted() -> None:
    text = " ".join(printed(closed()).split())
    assert "5 answers redirected; redirects are not followed" in text
    assert "fewer connections were established than asked for" in text
    assert "connections were opened anew: 15 timeouts + 3 transport errors + 2 requests sent again" in text


def test_a_text_of_the_user_cannot_move_the_cursor() -> None:
    asked = {**closed().asked.model_dump(), "url": "http://127.0.0.1/\x1b[2J"}
    assert "\x1b" not in printed(closed(asked=asked))
