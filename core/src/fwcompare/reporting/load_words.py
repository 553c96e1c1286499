"""What is said of one load in words: its headline and model, counts, and the arithmetic of saturation.

Text only. Where it stands on a terminal, and how it is wrapped, is for ``load_view.py``; warnings
are in ``load_notes.py``.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from fwcompare.model.load_report import Asked, LoadReport
from fwcompare.reporting.figures import MISSING, count, listing, number, one_line, percent
from fwcompare.reporting.load_point import staged

_BACKLOGS: Final = {
    "queue": "a request waits",
    "grow": "another connection is opened, up to a limit",
    "shed": "a request waits, and is dropped unsent after a while",
}
# A shorter wait for a CPU is left unsaid.
_LEAST_TOLD_S: Final = 0.01


def headline(report: LoadReport) -> str:
    """Say what was asked, how often and for how long."""
    asked = report.asked
    ended = ", then interrupted" if report.interrupted else ""
    steps = sum(len(flow.steps) for flow in asked.flows)
    what = asked.method if not asked.flows else f"{count(len(asked.flows), 'flow')} with {count(steps, 'step')} at"
    return (
        f"{what} {one_line(asked.url)}: {count(report.requests.sent, 'request')} over "
        f"{count(asked.connections, 'connection')} in {number(report.window_s)} s{ended}"
    )


def model(report: LoadReport) -> str:
    """Say how requests came to be sent, and which time that makes the one to look at."""
    asked = report.asked
    if asked.rate is not None:
        drawn = "" if asked.seed is None else f", seed {asked.seed}"
        what, unit = ("flows", "flows/s") if _goes_on(asked) else ("requests", "req/s")
        due = f"{number(asked.rate)} {what} are due a second"
        if asked.stages:
            due = f"{what} are due at a rate that goes {staged(asked.rate, asked.stages, unit=unit)}"
        return (
            f"open model: {due} ({asked.arrivals}{drawn}), whether or not answers come. While all "
            f"connections are busy {_BACKLOGS[asked.backlog or 'queue']}. Response time counts from when a request was "
            "due."
        )
    rests = ""
    if asked.think_time_s is not None:
        mean = " in the mean" if asked.think_time == "exponential" else ""
        rests = f" rests for {number(asked.think_time_s)} s{mean},"
    started = "" if asked.spawn_rate is None else f" {number(asked.spawn_rate)} connections are started a second."
    return (
        f"closed model: each connection waits for its answer,{rests} then sends again.{started} A stalled target is "
        "asked less often, so there is service time and no response time."
    )


def facts(report: LoadReport) -> Iterator[tuple[str, str]]:
    """Give counts and rates, each behind its label."""
    requests = report.requests
    fates = {
        "ok": requests.ok,
        "HTTP errors" if not requests.unexpected else f"HTTP errors ({requests.unexpected:,} unexpected)": (
            requests.http_errors
        ),
        "transport errors": requests.transport_errors,
        "timeouts": requests.timeouts,
        "shed": requests.shed,
        "censored (unfinished)": requests.censored,
    }
    yield "requests", f"{requests.due:,} due = " + _counts(fates) + f"; {requests.sent:,} were sent"
    if report.by_status:
        yield "by status", _counts(report.by_status, after=True)
    if report.by_error:
        yield "by error", _counts(report.by_error, after=True)
    seen = report.connections
    yield "connections", f"{seen.requested:,} requested, {seen.established:,} established, {seen.opened:,} opened"
    if way := ", ".join(_way(report.asked)):
        yield "reached by", way
    if report.offered_rps is not None:
        mean = " in the mean of the stages" if report.asked.stages else ""
        yield "offered", f"{number(report.offered_rps)} requests/s{mean}; {report.backlog_end:,} waited at the end"
    if report.throughput_rps is None:
        yield "throughput", f"{MISSING}: {report.reasons['throughput_rps']}"
    else:
        yield "throughput", f"{number(report.throughput_rps)} ok answers/s; {report.bytes_received:,} bytes received"
    client = report.client
    share = MISSING if client.cpu_share is None else percent(client.cpu_share)
    waited = f" and {number(client.waited_s)} s of waiting for one" if client.waited_s >= _LEAST_TOLD_S else ""
    yield "client", f"{number(client.cpu_s)} s of CPU{waited}, {share} of {count(client.threads, 'thread')}"


def _goes_on(asked: Asked) -> bool:
    """Tell whether a flow has further steps: each is due when the answer before it is complete."""
    return any(len(flow.steps) > 1 for flow in asked.flows)


def _way(asked: Asked) -> Iterator[str]:
    """Name what lies between the generator and the target, where it is not plain HTTP/1.1 over TCP."""
    if asked.http2:
        yield f"HTTP/2 with {count(asked.streams or 1, 'stream')} a connection"
    if asked.unix_socket is not None:
        yield f"Unix socket {one_line(asked.unix_socket)}"
    if asked.source_addresses:
        yield f"from {listing(list(asked.source_addresses))}"
    if asked.tls_server_name is not None:
        yield f"TLS for the name {one_line(asked.tls_server_name)}"
    if asked.tls_ca_file is not None:
        yield f"certificates of {one_line(asked.tls_ca_file)}"
    if asked.tls_insecure:
        yield "TLS without a check of the certificate"


def arithmetic(report: LoadReport) -> str:
    """Say why response times of a saturated target are not its own; nothing for another verdict."""
    requests, offered, served = report.requests, report.offered_rps, report.throughput_rps
    if report.verdict != "saturated" or not offered or not served or offered <= served:
        return ""
    if report.asked.stages or _goes_on(report.asked):
        return ""  # it holds for a constant rate, and further steps of a flow come as fast as answers do
    if requests.shed or requests.timeouts:
        return ""  # the queue was cut, and no longer grows with time
    # A queue that is fed at R and emptied at X for D seconds ends D (R/X - 1) long.
    length_s = requests.due / offered
    longest_s = length_s * (offered / served - 1)
    return (
        f"The arithmetic: fed with {number(offered)}/s and served {number(served)}/s for {number(length_s)} s, a queue "
        f"would make the last request wait {number(length_s)} s x ({number(offered)} / {number(served)} - 1) = "
        f"{number(longest_s)} s, and the median one half of that. It says how long the load was, and nothing of how "
        f"fast the target answers."
    )


def _counts(counts: Mapping[str, int], *, after: bool = False) -> str:
    if after:
        return "; ".join(f"{name}: {amount:,}" for name, amount in counts.items())
    return " + ".join(f"{amount:,} {name}" for name, amount in counts.items() if amount) or "0"
