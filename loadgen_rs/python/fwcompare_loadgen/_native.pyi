# ruff: noqa: PYI021 - the module is compiled: this stub is where a reader looks for its documentation.
"""The compiled part: starting and watching loads, histograms, flamegraphs, and a server to test against."""

from collections.abc import Iterable
from types import TracebackType
from typing import Literal, Self, final

from fwcompare_loadgen.result import LoadResult, Snapshot
from fwcompare_loadgen.spec import LoadSpec

__all__ = [
    "Histogram",
    "Load",
    "LoadgenError",
    "StubServer",
    "build_profile",
    "render_difference",
    "render_flamegraph",
    "start",
]

class LoadgenError(Exception):
    """A load could not be started, or gave no result.

    The message says who, what was seen, what was expected and what to do next. Requests that fail are no such
    errors: they are counted in the result.
    """

def build_profile() -> Literal["release", "debug"]:
    """How the module was compiled. :func:`start` refuses a debug build."""

def start(spec: LoadSpec) -> Load:
    """Start a load and return at once (after a look-up, if the URL holds a host name).

    :raises LoadgenError: a value of ``spec`` makes no sense, the host may not be put under load or cannot be looked
        up, the certificates to trust cannot be read, a source address is not this machine's, the system has too few
        files or threads, or the module is a debug build.
    :raises TypeError: a value of ``spec`` is of another type than declared.
    """

def render_flamegraph(
    folded: str,
    *,
    title: str,
    subtitle: str | None = None,
    count_name: str = "samples",
    names_from: Literal["start", "end"] = "end",
) -> str:
    """Draw folded stacks as one self-contained SVG with search and zoom, which loads nothing from any network.

    :param folded: a stack a line, ``frame;frame;frame count``, in any order; with two counts a line, the difference
        is shown in colour.
    :param title: heading, as plain text.
    :param subtitle: a second line below it.
    :param count_name: what the counts are.
    :param names_from: which part of a name is shown where there is no room for all of it.
    :return: the SVG. The same stacks give the same bytes, and a function keeps its colour from graph to graph.
    :raises ValueError: no line is a stack with a count.
    """

def render_difference(
    before: str,
    after: str,
    *,
    title: str,
    subtitle: str | None = None,
    count_name: str = "samples",
    names_from: Literal["start", "end"] = "end",
) -> str:
    """Draw how the profile ``after`` differs from ``before``, as :func:`render_flamegraph` draws one.

    Widths are the counts of ``after``: what is in ``before`` alone has none. A frame is red by how much more was
    counted in the frame itself, without what it calls, and blue by how much less; the greatest difference has the full
    colour. Counts are taken as they are, so give both the same unit.

    :param before: a stack a line, ``frame;frame;frame count``, in any order.
    :param after: the same.
    :raises ValueError: a line is no stack with a whole count, or the counts of a profile are all 0 or add up to 2^53.
    """

@final
class Load:
    """A load under way. When the last reference to it goes, the load is stopped."""

    def snapshot(self) -> Snapshot:
        """Look at the load without disturbing it."""

    def stop(self) -> None:
        """Ask the load to end now, without a drain.

        The result is there within a tenth of a second, flagged ``interrupted``. Stopping twice, or after the end, does
        nothing.
        """

    def wait(self, timeout_s: float | None = None) -> LoadResult:
        """Wait for the result, with the GIL released. May be called again, and from several threads.

        :param timeout_s: give up waiting after so many seconds; the load goes on.
        :raises TimeoutError: there was no result in time.
        :raises KeyboardInterrupt: on Ctrl-C, or whatever else a signal handler raises, within 0.1 s; the load is
            stopped, and another ``wait`` returns its partial result.
        :raises LoadgenError: the load could not be carried out to its end, or ``timeout_s`` is no time.
        """

@final
class Histogram:
    """A distribution of durations from 1 ns to 2 h, exact to 0.1 %, in constant memory.

    It refuses no quantile: compare ``count`` with what the quantile needs (p99: at least 1,000).
    """

    @staticmethod
    def from_v2_bytes(data: bytes) -> Histogram:
        """Read :meth:`to_v2_bytes`, or uncompressed V2.

        :raises LoadgenError: the bytes are no such histogram.
        """

    @staticmethod
    def from_samples_ms(samples: Iterable[float]) -> Histogram:
        """Count durations in milliseconds.

        :raises LoadgenError: a sample is negative or not finite.
        """

    @staticmethod
    def merge(histograms: Iterable[Histogram]) -> Histogram:
        """One histogram of all that the given ones hold; they stay as they are."""

    @property
    def count(self) -> int:
        """How many durations it holds."""

    @property
    def mean_ms(self) -> float | None:
        """Arithmetic mean in milliseconds; ``None`` when empty."""

    @property
    def min_ms(self) -> float | None:
        """The shortest duration in milliseconds; ``None`` when empty."""

    @property
    def max_ms(self) -> float | None:
        """The longest duration in milliseconds; ``None`` when empty."""

    def quantile_ms(self, q: float) -> float | None:
        """The duration in milliseconds at or below which the share ``q`` of all lies; ``None`` when empty.

        :raises LoadgenError: ``q`` is not from 0 to 1.
        """

    def to_v2_bytes(self) -> bytes:
        """The interchange format "HdrHistogram V2, deflate-compressed", values in nanoseconds."""

    def __eq__(self, other: object, /) -> bool: ...
    def __ne__(self, other: object, /) -> bool: ...

    __hash__: None  # type: ignore[assignment] # as for any class with an __eq__ of its own

@final
class StubServer:
    """A server with a known answer on 127.0.0.1, for tests. It runs until it is stopped or no longer referenced.

    A request carries its script in the query: ``status``, ``size`` (bytes), ``framing`` (``length``, ``chunked``,
    ``until-close``), ``delay_ms``, ``service_us``, ``clerks``, ``service_seed``, ``stall_every_ms``, ``stall_ms``,
    ``interim`` (status), ``close`` (1), ``recycle`` (answers per connection), ``piece`` (bytes), ``gap_us``, ``fault``
    (``reset``, ``early-close``, ``cut-head``, ``short-body``, ``reset-body``, ``long-body``, ``hang``,
    ``stall-body``, ``garbage``, ``endless-head``, ``endless-body``). ``first``, ``after`` and ``every`` say for which
    of the server's requests it holds; the others get the null answer. A script that is not understood is answered
    with status 400.

    ``service_us`` is work of one clerk, or of so many ``clerks``, who serve all connections in turn, in virtual time: a
    request is done that long after its arrival or after the first clerk is free, whichever is later; with
    ``service_seed``, times are exponential with that mean. In the first ``stall_ms`` of every ``stall_every_ms``,
    counted from the server's start, the clerks do nothing.

    :param port: 0 takes one that is free.
    :raises OSError: the port cannot be listened on.
    """

    def __new__(cls, port: int = 0) -> Self: ...
    @property
    def port(self) -> int:
        """The port it listens on."""

    @property
    def requests(self) -> int:
        """Requests read so far."""

    @property
    def connections(self) -> int:
        """Connections accepted so far."""

    def url(self, path_and_query: str = "/") -> str:
        """A URL of this server; the path begins with ``/``."""

    def stop(self) -> None:
        """Close the listener and all connections. Stopping twice does nothing."""

    def __enter__(self) -> Self: ...
    def __exit__(
        self,
        _exc_type: type[BaseException] | None,
        _exc_value: BaseException | None,
        _traceback: TracebackType | None,
        /,
    ) -> None: ...
