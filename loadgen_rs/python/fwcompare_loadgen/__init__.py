"""The load generator of fwcompare: HTTP/1.1 and HTTP/2 load in the closed and the open model, counted exactly.

>>> from fwcompare_loadgen import LoadSpec, StubServer, start
>>> with StubServer() as server:
...     load = start(LoadSpec(url=server.url("/?size=100"), requests=50, warmup_s=0))
...     result = load.wait()
>>> result.sent, result.ok, result.censored
(50, 50, 0)

The work is done by threads of the compiled module, without the GIL. What each count and time means is said where the
types are: :class:`LoadSpec`, :class:`LoadResult`, and the stub ``_native.pyi``.
"""

from fwcompare_loadgen._native import (
    Histogram,
    Load,
    LoadgenError,
    StubServer,
    build_profile,
    render_difference,
    render_flamegraph,
    start,
)
from fwcompare_loadgen.flow import Counter, Expect, Flow, RandomInt, Rows, Step, Uuid, Value
from fwcompare_loadgen.result import ClientCpu, Endpoint, LoadResult, Snapshot, TimelineBucket
from fwcompare_loadgen.spec import LoadSpec, Stage

__all__ = [
    "ClientCpu",
    "Counter",
    "Endpoint",
    "Expect",
    "Flow",
    "Histogram",
    "Load",
    "LoadResult",
    "LoadSpec",
    "LoadgenError",
    "RandomInt",
    "Rows",
    "Snapshot",
    "Stage",
    "Step",
    "StubServer",
    "TimelineBucket",
    "Uuid",
    "Value",
    "build_profile",
    "render_difference",
    "render_flamegraph",
    "start",
]
