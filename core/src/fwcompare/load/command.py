"""The load generator as `fwcompare load` uses it: one load by hand, and everything that it recorded.

Conversion and refusal only: what the figures mean is in ``model/load_report.py``. Leaves out the terminal
(``reporting/load_view.py``) and the session's loads (``native.py``).
"""

import os
from collections.abc import Sequence
from typing import Final

import fwcompare_loadgen as loadgen
from fwcompare.errors import HostError, MeasurementError, ScenarioError
from fwcompare.load.histogram import bars, times
from fwcompare.model.load_report import Asked, Client, Connections, LoadReport, LoadVerdict, Requests
from fwcompare.model.ports import LoadProgress

_CPU_LIMIT: Final = 0.70
_CLOSED: Final = "the closed model has no due time: each connection waits for its answer before it sends again"


def start(asked: Asked, *, headers: Sequence[tuple[str, str]], body: bytes, allow_hosts: Sequence[str]) -> "HandLoad":
    """Begin at once.

    :raises ScenarioError: a value makes no sense, or the host is not loopback and not in ``allow_hosts``.
    :raises HostError: the generator is a debug build.
    """
    if loadgen.build_profile() != "release":
        raise HostError(
            "load generator is a debug build",
            seen="its figures would be of the generator",
            hint="uv sync --reinstall-package fwcompare-loadgen",
        )
    try:
        spec = loadgen.LoadSpec(
            url=asked.url,
            method=asked.method,
            headers=tuple(headers),
            body=body,
            connections=asked.connections,
            duration_s=asked.duration_s,
            requests=asked.requests,
            warmup_s=asked.warmup_s,
            timeout_s=asked.timeout_s,
            keepalive=asked.keepalive,
            threads=asked.threads,
            allow_hosts=tuple(allow_hosts),
        )
        return HandLoad(asked, loadgen.start(spec))
    except loadgen.LoadgenError as error:
        raise _refused(error) from error


class HandLoad:
    """A load under way, started by hand."""

    def __init__(self, asked: Asked, load: loadgen.Load) -> None:
        self._asked = asked
        self._load = load

    def progress(self) -> LoadProgress:
        """Say how far it is."""
        seen = self._load.snapshot()
        return LoadProgress(phase=seen.phase, elapsed_s=seen.elapsed_s, sent=seen.sent, errors=seen.errors)

    def stop(self) -> None:
        """End it early; :meth:`wait` then gives what was recorded."""
        self._load.stop()

    def wait(self, timeout_s: float) -> LoadReport | None:
        """Wait for the end; None when it still goes on after ``timeout_s`` seconds.

        :raises MeasurementError: the load could not be carried out to its end.
        """
        try:
            return load_report(self._asked, self._load.wait(timeout_s))
        except TimeoutError:
            return None
        except loadgen.LoadgenError as error:
            raise MeasurementError("load could not be carried out", seen=str(error)) from error


def load_report(asked: Asked, result: loadgen.LoadResult) -> LoadReport:
    """Convert a result of the load generator."""
    reasons = dict.fromkeys(("response_ms", "wait_ms", "lag_ms", "offered_rps", "steady"), _CLOSED)
    reasons["requests.unexpected"] = "no expectation was stated: any answer of status 200 to 299 is ok"
    if result.throughput_rps is None:
        reasons["throughput_rps"] = "the load was stopped before the measured window began"
    client = _client(result, reasons)
    verdict, why = _verdict(client)
    return LoadReport(
        schema=1,
        model="closed",
        asked=asked,
        interrupted=result.interrupted,
        window_s=result.window_s,
        requests=Requests(
            due=result.sent,
            sent=result.sent,
            ok=result.ok,
            http_errors=result.http_errors,
            transport_errors=result.transport_errors,
            timeouts=result.timeouts,
            shed=0,
            censored=result.censored,
            unexpected=None,
        ),
        by_status={str(status): count for status, count in sorted(result.status_counts.items())},
        by_error=dict(sorted(result.error_counts.items())),
        response_ms=None,
        service_ms=times(result.service, "service_ms", reasons, given_up=result.timeouts),
        http_error_service_ms=times(result.http_error_service, "http_error_service_ms", reasons),
        ttfb_ms=times(result.ttfb, "ttfb_ms", reasons),
        wait_ms=None,
        lag_ms=None,
        connect_ms=times(result.connect, "connect_ms", reasons),
        histogram=bars(result.service),
        throughput_rps=result.throughput_rps,
        offered_rps=None,
        steady=None,
        verdict=verdict,
        verdict_reason=why,
        connections=Connections(
            requested=result.connections_requested,
            established=result.connections_established,
            opened=result.connections_opened,
            idle_close_retries=result.idle_close_retries,
        ),
        bytes_received=result.bytes_received,
        client=client,
        reasons=reasons,
    )


def _client(result: loadgen.LoadResult, reasons: dict[str, str]) -> Client:
    client = result.client
    # More threads than CPUs cannot use more than the CPUs.
    cpus = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    share = client.cpu_s / (result.window_s * min(client.threads, cpus)) if result.window_s else None
    if share is None:
        reasons["client.cpu_share"] = "the measured window is empty"
    return Client(cpu_s=client.cpu_s, total_cpu_s=client.total_cpu_s, threads=client.threads, cpu_share=share)


def _verdict(client: Client) -> tuple[LoadVerdict, str]:
    if client.cpu_share is None:
        return "ok", "the measured window is empty: there is nothing to judge"
    used = f"the generator used {client.cpu_share * 100:.0f} % of the CPU time that its threads can have"
    if client.cpu_share > _CPU_LIMIT:
        return "generator-limited", f"{used}, more than {_CPU_LIMIT * 100:.0f} %: the target may be faster than this"
    return "ok", f"{used}, at most {_CPU_LIMIT * 100:.0f} %: it was not the limit"


def _refused(error: loadgen.LoadgenError) -> ScenarioError:
    """Give a refusal of the generator as our own error, its parts in their places."""
    who, *rest = str(error).splitlines()
    parts = dict(line.strip().split(": ", 1) for line in rest if ": " in line)
    return ScenarioError(
        who,
        expected=parts.get("expected", "").replace("allow_hosts", "--allow-host"),
        hint=parts.get("next", "").replace("allow_hosts", "--allow-host"),
    )
