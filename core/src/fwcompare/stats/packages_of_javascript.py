"""Packages of JavaScript, from ``function (package/file.js)`` as ``profilers/frame_names.py`` writes it.

- Of npm, by name: ``fastify``, ``@fastify/sensible``.
- :data:`APP`, the program's own files: ``./src/users.js``.
- :data:`NODE`, its own library (``node:events``), the C++ below it, libuv and the HTTP parser that it carries.
- :data:`ENGINE`, V8's built-in functions and runtime, of which :data:`GARBAGE` and :data:`COMPILER` stand alone.
- :data:`GENERATED`, functions that the program made from text, as serialisers compiled from a schema are.

A function that is interpreted has no name in perf's map: it is unknown, and its callees are not.
"""

import re
from collections.abc import Mapping
from typing import Final

APP: Final = "[app]"
NODE: Final = "[node]"
ENGINE: Final = "[v8]"
GARBAGE: Final = "[v8 gc]"
COMPILER: Final = "[v8 compiler]"
GENERATED: Final = "[generated]"

BELOW: Final[Mapping[str, re.Pattern[str]]] = {
    GARBAGE: re.compile(
        r"v8::internal::(?:Heap::(?:CollectGarbage|CollectAllGarbage|PerformGarbageCollection|Scavenge|MarkCompact)"
        r"|ScavengerCollector|Scavenger|MinorGCJob|MinorMarkSweep|MarkCompact|MarkingBarrier|ConcurrentMarking"
        r"|IncrementalMarking|Sweeper|ArrayBufferSweeper|CppHeap)"
    ),
    COMPILER: re.compile(
        r"v8::internal::(?:Compiler::|OptimizingCompile|LazyCompile|Runtime_Compile|compiler::|maglev::|baseline::"
        r"|\(anonymous namespace\)::(?:GetOrCompileOptimized|CompileTurbofan|CompileMaglev))"
    ),
}

_PLACE: Final = re.compile(r".* \((?P<place>[^()]+)\)", re.DOTALL)
_NPM: Final = re.compile(r"(?P<package>@[^/]+/[^/]+|[^/@.<][^/]*)/.+")
_OF_ENGINE: Final = re.compile(r"(?:non-virtual thunk to )?v8::|Builtins?[_:]|(?:RegExp|BytecodeHandler|Stub):")
_OF_NODE: Final = re.compile(
    r"(?:non-virtual thunk to )?node::|uv_|llhttp_|napi_|(?:simdjson|simdutf|ada|ncrypto|crdtp)::"
)


def package_of(frame: str) -> str | None:
    """Give the package; None where nothing tells it, as of C libraries."""
    if _OF_ENGINE.match(frame):
        return ENGINE
    if _OF_NODE.match(frame):
        return NODE
    found = _PLACE.fullmatch(frame)
    return _of_place(found["place"]) if found else None


def _of_place(place: str) -> str | None:
    if place.startswith("node:"):
        return NODE
    if place.startswith("./"):
        return APP
    if place == "<generated>":
        return GENERATED
    npm = _NPM.fullmatch(place)
    return npm["package"] if npm else None
