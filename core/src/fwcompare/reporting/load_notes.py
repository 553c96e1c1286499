"""What would mislead who reads the figures of one load alone, and what the target said, in words.

Whatever the target or the user wrote is made one line without control characters, as it goes to a terminal.
"""

from collections.abc import Iterator
from typing import Final

from fwcompare.model.load_report import LoadReport
from fwcompare.reporting.figures import count, number, one_line, percent

_REDIRECTS: Final = {"301", "302", "303", "307", "308"}
_MANY_IDLE_CLOSES: Final = 0.01


def notes(report: LoadReport) -> Iterator[str]:
    """Give the notes, those that explain most first."""
    yield from _of_answers(report)
    yield from _of_connections(report)


def _of_answers(report: LoadReport) -> Iterator[str]:
    requests = report.requests
    if report.first_unexpected is not None:
        yield f"the first unexpected answer: {one_line(report.first_unexpected)}"
    if report.first_tls_error is not None:
        yield f"the first failure of TLS: {one_line(report.first_tls_error)}"
    redirects = sum(seen for status, seen in report.by_status.items() if status in _REDIRECTS)
    if redirects:
        yield f"{count(redirects, 'answer')} redirected; redirects are not followed: give the final URL"
    if requests.sent and not requests.ok:
        right = "of status 200 to 299" if requests.unexpected is None else "that was expected"
        yield f"no request got an answer {right}: there is no time of success to look at"


def _of_connections(report: LoadReport) -> Iterator[str]:
    asked, requests, connections = report.asked, report.requests, report.connections
    if connections.established < min(connections.requested, requests.sent):
        yield "fewer connections were established than asked for: this is not the load that was asked for"
    if asked.spawn_rate is not None:
        # The first is started at once.
        started_s = (asked.connections - 1) / asked.spawn_rate
        if started_s > asked.warmup_s:
            yield (
                f"connections were still being started when the window began, so that it holds no one load: starting "
                f"all takes {number(started_s)} s; give --warmup that long"
            )
    if asked.keepalive and connections.opened > connections.requested:
        causes = {
            "timeouts": requests.timeouts,
            "transport errors": requests.transport_errors,
            "requests sent again because the target closed idle ones": connections.idle_close_retries,
        }
        told = " + ".join(f"{seen:,} {cause}" for cause, seen in causes.items() if seen)
        yield f"connections were opened anew: {told or 'the target closed them'}"
    retried = connections.idle_close_retries / requests.sent if requests.sent else 0.0
    if retried > _MANY_IDLE_CLOSES:
        yield (
            f"the target closes idle connections: {percent(retried)} of the requests met a closed one and were sent "
            "again, and their times hold both; let it keep connections for longer, or look at --disable-keepalive"
        )
