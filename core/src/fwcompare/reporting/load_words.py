"""What is said of one load in words: its headline and model, counts, the arithmetic of saturation, and warnings.

Text only. Where it stands on a terminal, and how it is wrapped, is for ``load_view.py``.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from fwcompare.model.load_report import LoadReport
from fwcompare.reporting.figures import MISSING, count, number, one_line, percent

_BACKLOGS: Final = {
    "queue": "a request waits",
    "grow": "another connection is opened, up to a limit",
    "shed": "a request waits, and is dropped unsent after a while",
}
# A shorter wait for a CPU is left unsaid.
_LEAST_TOLD_S: Final = 0.01
_REDIRECTS: Final = {"301", "302", "303", "307", "308"}


def headline(report: LoadReport) -> str:
    """Say what was asked, how often and for how long."""
    asked = report.asked
    ended = ", then interrupted" if report.interrupted else ""
    return (
        f"{asked.method} {one_line(asked.url)}: {count(report.requests.sent, 'request')} over "
        f"{count(asked.connections, 'connection')} in {number(report.window_s)} s{ended}"
    )


def model(report: LoadReport) -> str:
    """Say how requests came to be sent, and which time that makes the one to look at."""
    asked = report.asked
    if asked.rate is not None:
        drawn = "" if asked.seed is None else f", seed {asked.seed}"
        return (
            f"open model: {number(asked.rate)} requests are due a second ({asked.arrivals}{drawn}), whether or not "
            f"answers come. While all connections are busy {_BACKLOGS[asked.backlog or 'queue']}. Response time counts "
            "from when a request was due."
        )
    return (
        "closed model: each connection waits for its answer, then sends again. A stalled target is asked less "
        "often, so there is service time and no response time."
    )


def facts(report: LoadReport) -> Iterator[tuple[str, str]]:
    """Give counts and rates, each behind its label."""
    requests = report.requests
    fates = {
        "ok": requests.ok,
        "HTTP errors": requests.http_errors,
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
    if report.offered_rps is not None:
        yield "offered", f"{number(report.offered_rps)} requests/s; {report.backlog_end:,} waited at the end"
    if report.throughput_rps is None:
        yield "throughput", f"{MISSING}: {report.reasons['throughput_rps']}"
    else:
        yield "throughput", f"{number(report.throughput_rps)} ok answers/s; {report.bytes_received:,} bytes received"
    client = report.client
    share = MISSING if client.cpu_share is None else percent(client.cpu_share)
    waited = f" and {number(client.waited_s)} s of waiting for one" if client.waited_s >= _LEAST_TOLD_S else ""
    yield "client", f"{number(client.cpu_s)} s of CPU{waited}, {share} of {count(client.threads, 'thread')}"


def arithmetic(report: LoadReport) -> str:
    """Say why response times of a saturated target are not its own; nothing for another verdict."""
    requests, offered, served = report.requests, report.offered_rps, report.throughput_rps
    if report.verdict != "saturated" or not offered or not served or offered <= served:
        return ""
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


def notes(report: LoadReport) -> Iterator[str]:
    """Say what would mislead who reads the figures alone."""
    requests, connections = report.requests, report.connections
    redirects = sum(seen for status, seen in report.by_status.items() if status in _REDIRECTS)
    if redirects:
        yield f"{count(redirects, 'answer')} redirected; redirects are not followed: give the final URL"
    if requests.sent and not requests.ok:
        yield "no request got an answer of status 200 to 299: there is no time of success to look at"
    if connections.established < min(connections.requested, requests.sent):
        yield "fewer connections were established than asked for: this is not the load that was asked for"
    if report.asked.keepalive and connections.opened > connections.requested:
        causes = {
            "timeouts": requests.timeouts,
            "transport errors": requests.transport_errors,
            "requests sent again because the target closed idle ones": connections.idle_close_retries,
        }
        told = " + ".join(f"{seen:,} {cause}" for cause, seen in causes.items() if seen)
        yield f"connections were opened anew: {told or 'the target closed them'}"
