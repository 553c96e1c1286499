"""What load to make.

Holds values only: they are checked by :func:`fwcompare_loadgen.start`, in the compiled core, which names the one that
makes no sense.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadSpec:
    """A load in the closed model: each connection sends, waits for its answer and sends again.

    The measured window begins after ``warmup_s``. It lasts ``duration_s``, or until ``requests`` requests have ended;
    exactly one of the two is set. After it, nothing more is sent, and requests in flight are waited for.

    :param url: ``http://host[:port]/path[?query]``. Load goes to loopback (127.0.0.0/8, ::1, ``localhost``) or to a
        host in ``allow_hosts``. A name is looked up once, before the load; redirects are not followed.
    :param method: any method but CONNECT.
    :param headers: name and value of header fields. ``host`` may be overridden; ``connection``, ``content-length``
        and ``transfer-encoding`` are the generator's own.
    :param body: request body; ``content-length`` is set from it.
    :param connections: connections held at once, 1 to 65,535, over all threads.
    :param duration_s: length of the measured window in seconds, 0.001 to 86,400.
    :param requests: or: the exact number of measured requests.
    :param warmup_s: seconds of load before the window, 0 to 3,600. Nothing of it enters a measured figure.
    :param timeout_s: from the first byte sent to the last byte received, 0.001 to 3,600 seconds. A request that takes
        longer is given up, its connection closed, and it is recorded with at least this time.
    :param connect_timeout_s: for opening a connection, 0.001 to 3,600 seconds.
    :param drain_s: seconds to wait for requests in flight after the last one was sent, 0 to 3,600. What is unfinished
        then is counted as censored.
    :param keepalive: use connections again. If false, ``connection: close`` is sent, and the client closes after each
        answer, whatever the target says.
    :param threads: client threads, among which the connections are dealt out; at most ``connections``.
    :param seed: kept for load models that draw at random. The closed model without think time draws nothing.
    :param allow_hosts: hosts beside loopback that may be put under load, exactly as they stand in the URL.
    :param timeline_interval_s: width of a bucket of :attr:`LoadResult.timeline`, 0.01 to 3,600 seconds.
    """

    url: str
    method: str = "GET"
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    connections: int = 10
    duration_s: float | None = None
    requests: int | None = None
    warmup_s: float = 2.0
    timeout_s: float = 30.0
    connect_timeout_s: float = 5.0
    drain_s: float = 5.0
    keepalive: bool = True
    threads: int = 1
    seed: int = 0
    allow_hosts: tuple[str, ...] = ()
    timeline_interval_s: float = 1.0
