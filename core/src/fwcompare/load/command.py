"""The load generator as `fwcompare load` uses it: one load by hand, and everything that it recorded.

Conversion and refusal only: what the figures mean is in ``model/load_report.py``. Leaves out the terminal
(``reporting/load_view.py``) and the session's loads (``native.py``).
"""

from collections.abc import Sequence
from functools import partial
from typing import Final

import fwcompare_loadgen as loadgen
from fwcompare.errors import HostError, ScenarioError
from fwcompare.load.histogram import bars, times
from fwcompare.load.running import RunningLoad
from fwcompare.load.spec import load_spec
from fwcompare.model.flows import Content
from fwcompare.model.load_report import Asked, Client, Connections, Endpoint, LoadReport, Requests

_NOTHING_AMISS: Final = "the generator was not the limit"
_OPEN_ONLY: Final = ("response_ms", "wait_ms", "lag_ms", "offered_rps", "steady", "backlog_end")
_UNSTATED: Final = "no expectation was stated: any answer of status 200 to 299 is ok"
# What users of the command line call the generator's settings.
_FLAGS: Final = {
    "allow_hosts": "--allow-host",
    "source_addresses": "--source-address",
    "tls_ca_file": "--cacert",
    "tls_insecure": "--insecure",
    "tls_server_name": "--server-name",
    "unix_socket": "--unix-socket",
}
_CLOSED: Final = "the closed model has no due time: each connection waits for its answer before it sends again"


def start(asked: Asked, content: Content, *, allow_hosts: Sequence[str] = ()) -> RunningLoad[LoadReport]:
    """Begin at once.

    :param content: what is sent; its flows and values are those that ``asked`` names.
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
        spec = load_spec(asked, content, allow_hosts)
        return RunningLoad(loadgen.start(spec), partial(load_report, asked))
    except loadgen.LoadgenError as error:
        raise _refused(error) from error


def load_report(asked: Asked, result: loadgen.LoadResult) -> LoadReport:
    """Convert a result of the load generator."""
    reasons = dict.fromkeys(_OPEN_ONLY, _CLOSED) if result.model == "closed" else {}
    if result.unexpected is None:
        reasons["requests.unexpected"] = _UNSTATED
    if result.throughput_rps is None:
        reasons["throughput_rps"] = "the load was stopped before the measured window began"
    client = _client(result, reasons)
    response = None
    if result.response is not None:
        bounds = round(result.censored_share * result.response.count)
        response = times(result.response, "response_ms", reasons, given_up=bounds)
    return LoadReport(
        schema=1,
        model=result.model,
        asked=asked,
        interrupted=result.interrupted,
        window_s=result.window_s,
        requests=Requests(
            due=result.scheduled,
            sent=result.sent,
            ok=result.ok,
            http_errors=result.http_errors,
            transport_errors=result.transport_errors,
            timeouts=result.timeouts,
            shed=result.shed,
            censored=result.censored,
            unexpected=result.unexpected,
        ),
        by_status={str(status): count for status, count in sorted(result.status_counts.items())},
        by_error=dict(sorted(result.error_counts.items())),
        first_unexpected=result.first_unexpected,
        first_tls_error=result.first_tls_error,
        endpoints=tuple(_endpoint(index, one, result, reasons) for index, one in enumerate(result.endpoints)),
        response_ms=response,
        service_ms=times(result.service, "service_ms", reasons, given_up=result.service.count - result.ok),
        http_error_service_ms=times(result.http_error_service, "http_error_service_ms", reasons),
        ttfb_ms=times(result.ttfb, "ttfb_ms", reasons),
        wait_ms=None if result.wait is None else times(result.wait, "wait_ms", reasons),
        lag_ms=None if result.lag is None else times(result.lag, "lag_ms", reasons),
        connect_ms=times(result.connect, "connect_ms", reasons),
        histogram=bars(result.service if result.response is None else result.response),
        throughput_rps=result.throughput_rps,
        offered_rps=result.offered_rps,
        steady=result.steady,
        backlog_end=result.backlog_end if result.model == "open" else None,
        verdict=result.verdict,
        verdict_reason=result.verdict_reason or _NOTHING_AMISS,
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


def _endpoint(index: int, one: loadgen.Endpoint, result: loadgen.LoadResult, reasons: dict[str, str]) -> Endpoint:
    name = f"endpoints.{index}"
    unexpected = None if result.unexpected is None else one.unexpected
    if unexpected is None:
        reasons[f"{name}.unexpected"] = _UNSTATED
    return Endpoint(
        name=one.name,
        sent=one.sent,
        ok=one.ok,
        http_errors=one.http_errors,
        unexpected=unexpected,
        transport_errors=one.transport_errors,
        timeouts=one.timeouts,
        censored=one.censored,
        service_ms=times(one.service, f"{name}.service_ms", reasons, given_up=one.service.count - one.ok),
        http_error_service_ms=times(one.http_error_service, f"{name}.http_error_service_ms", reasons),
    )


def _client(result: loadgen.LoadResult, reasons: dict[str, str]) -> Client:
    client = result.client
    wanted_s = client.cpu_s - client.spin_s + client.waited_s
    share = wanted_s / (result.window_s * client.threads) if result.window_s else None
    if share is None:
        reasons["client.cpu_share"] = "the measured window is empty"
    return Client(
        cpu_s=client.cpu_s,
        total_cpu_s=client.total_cpu_s,
        spin_s=client.spin_s,
        waited_s=client.waited_s,
        threads=client.threads,
        cpu_share=share,
    )


def _refused(error: loadgen.LoadgenError) -> ScenarioError:
    """Give a refusal of the generator as our own error, its parts in their places."""
    said = str(error)
    for setting, flag in _FLAGS.items():
        said = said.replace(setting, flag)
    who, *rest = said.splitlines()
    parts = dict(line.strip().split(": ", 1) for line in rest if ": " in line)
    return ScenarioError(who, expected=parts.get("expected", ""), hint=parts.get("next", ""))
