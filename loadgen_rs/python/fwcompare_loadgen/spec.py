"""What load to make.

Holds values only: they are checked by :func:`fwcompare_loadgen.start`, in the compiled core, which names the one that
makes no sense.
"""

from dataclasses import dataclass, field
from typing import Literal

from fwcompare_loadgen.flow import Expect, Flow, Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A linear change of the rate, from what it was to ``rate``. A step is a stage of duration 0.

    :param duration_s: seconds that the change takes, 0 to 86,400.
    :param rate: requests due per second at its end, and until the next stage.
    """

    duration_s: float
    rate: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadSpec:
    """A load, in the closed model or, with ``rate``, in the open one.

    Closed: each connection sends, waits for its answer, thinks and sends again. Open: requests are due by one schedule
    for all connections, fixed before the first is sent; any idle connection takes the oldest that is due. The schedule
    never slips: what is late goes at once.

    The measured window begins after ``warmup_s``. It lasts ``duration_s``, or until ``requests`` requests have ended;
    exactly one of the two is set. After it nothing more becomes due; what is in flight, or in the open model waits for
    a connection, is waited for.

    :param url: ``http://host[:port]/path[?query]``, or ``https://`` for TLS. Load goes to loopback (127.0.0.0/8, ::1,
        ``localhost``) or to a host in ``allow_hosts``. A name is looked up once, before the load; redirects are not
        followed.
    :param method: any method but CONNECT.
    :param headers: name and value of header fields. ``host`` may be overridden; ``connection``, ``content-length``
        and ``transfer-encoding`` are the generator's own.
    :param body: request body; ``content-length`` is set from it.
    :param expect: which answers are right.
    :param flows: several requests instead of the one that ``method``, ``headers``, ``body``, ``expect`` and the path
        of the URL make up, which must then be left out (of the URL, the path ``/``).
    :param values: what ``{name}`` in paths, header fields, bodies and expectations stands for, by name. A pure
        function of the seed and of the number of the flow, which counts from 0 with the warm-up.
    :param http2: speak HTTP/2. In clear text the target must know it beforehand; over TLS it is asked for by ALPN, and
        a target that does not agree is a ``tls`` error. ``host`` becomes ``:authority``; fields that are about an
        HTTP/1.1 connection are refused.
    :param streams: with ``http2``: requests under way at once over each connection, 1 to 1,024; 1 without
        ``keepalive``. Wherever this says that a connection is idle, thinks, starts or carries a flow, over HTTP/2 one
        of its streams is meant. What is more than the target takes at once waits for it, and counts as sent.
    :param connections: connections held at once, 1 to 65,535, over all threads.
    :param duration_s: length of the measured window in seconds, 0.001 to 86,400.
    :param requests: or: the exact number of measured requests.
    :param warmup_s: seconds of load before the window, 0 to 3,600. Nothing of it enters a measured figure.
    :param timeout_s: to the last byte received, 0.001 to 3,600 seconds; from the first byte sent in the closed model,
        from the due time in the open one. A request that takes longer is given up, its connection closed (over HTTP/2,
        its stream reset), and it is recorded with at least this time. In the open model it may not have been sent yet,
        and is then not sent.
    :param connect_timeout_s: for opening a connection, TLS handshake included, 0.001 to 3,600 seconds.
    :param drain_s: seconds to wait for requests in flight after the last one was sent, 0 to 3,600. What is unfinished
        then is counted as censored.
    :param keepalive: use connections again. If false, ``connection: close`` is sent, and the client closes after each
        answer, whatever the target says.
    :param threads: client threads, among which the connections are dealt out; at most ``connections``.
    :param seed: of everything drawn at random, 64 bits: Poisson arrivals, think times, choice of flows and values. The
        same seed gives the same schedule, whatever the target does, and the measured part of it whatever the warm-up.
    :param rate: requests due per second, 0.001 to 10,000,000, all connections together. Setting it chooses the open
        model; ``None`` is the closed one.
    :param arrivals: ``constant``: request i of the window is due at exactly i / rate. ``poisson``: gaps are
        exponential, with this rate.
    :param backlog: what becomes of a request that is due while all connections are busy. ``queue``: it waits.
        ``grow``: another connection is opened for it, up to ``max_connections``. ``shed``: it waits for
        ``shed_after_s`` and is then dropped unsent, when a connection comes free or the load ends.
    :param max_connections: with ``grow``: most connections over all threads, ``connections`` to 65,535.
    :param shed_after_s: with ``shed``: seconds from the due time, 0 to 3,600.
    :param stages: changes of the rate in the open model, one after the other, from the start of the window on; after
        the last one the rate stays. The warm-up goes at ``rate``.
    :param think_time_s: closed model: seconds from the end of a request to the next one on its connection; the mean,
        when it is drawn. 0 to 3,600.
    :param think_time: whether think times are all equal or drawn from the exponential distribution.
    :param spawn_rate: closed model: connections that start per second; ``None`` starts all at once.
    :param allow_hosts: hosts beside loopback that may be put under load, exactly as they stand in the URL.
    :param unix_socket: path of a Unix socket to connect to. The URL still gives path, ``host`` field and TLS name; its
        host is not looked up and need not be allowed, as the load cannot leave the machine.
    :param source_addresses: local IP addresses that connections come from, in turn, each with ports of its own: on
        loopback, ``127.0.0.2``, ``127.0.0.3`` and so on keep a load without keep-alive from running out of ports. Of
        the target's family; not for Unix sockets.
    :param tls_ca_file: ``https://`` only: path of certificates in PEM form to trust, *instead of* the system's.
    :param tls_insecure: ``https://`` only: take any certificate, whatever its name, issuer and dates. What is sent is
        then encrypted, but to whoever answers; for targets of your own.
    :param tls_server_name: ``https://`` only: the name to ask for and to find in the certificate, instead of the host.
    :param timeline_interval_s: width of a bucket of :attr:`LoadResult.timeline`, 0.01 to 3,600 seconds.
    """

    url: str
    method: str = "GET"
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    expect: Expect = field(default_factory=Expect)
    flows: tuple[Flow, ...] = ()
    values: tuple[tuple[str, Value], ...] = ()
    http2: bool = False
    streams: int = 1
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
    rate: float | None = None
    arrivals: Literal["constant", "poisson"] = "constant"
    backlog: Literal["queue", "grow", "shed"] = "queue"
    max_connections: int | None = None
    shed_after_s: float | None = None
    stages: tuple[Stage, ...] = ()
    think_time_s: float = 0.0
    think_time: Literal["constant", "exponential"] = "constant"
    spawn_rate: float | None = None
    allow_hosts: tuple[str, ...] = ()
    unix_socket: str | None = None
    source_addresses: tuple[str, ...] = ()
    tls_ca_file: str | None = None
    tls_insecure: bool = False
    tls_server_name: str | None = None
    timeline_interval_s: float = 1.0
