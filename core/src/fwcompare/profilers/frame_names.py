"""How the symbols of languages that are compiled as they run, and of Go, are written for a reader.

Decides what a name keeps: what its author called the function, and where in its package that stands. What differs
from one start of a target to the next goes (counters and addresses of Java's lambdas), as does what differs from one
machine to the next (the folder an environment lies in), what only says how the function was compiled, and the types
of arguments, which would push the name out of sight. So a function has one name in every trial, and two of them can be
held side by side. Recognises each by its form alone; any other symbol stays as it is, and so does a name that was made
here. Pure.

============================================================  =========================================
what perf found                                               becomes
============================================================  =========================================
``JS:*send file:///x/node_modules/fastify/lib/reply.js:9:3``  ``send (fastify/lib/reply.js)``
``JS:^ /x/app/src/users.js:18:88``                            ``anonymous:18 (./src/users.js)``
``JS:~emit node:events:471:44``                               ``emit (node:events)``
``JS:*f :34:27``, made by ``new Function`` or ``eval``        ``f:34 (<generated>)``
``void io.vertx.Route$$Lambda$9/0x7f88.handle(int)``          ``io.vertx.Route$$Lambda.handle``
``example.com/a/b.Load[go.shape.struct { ID string }]``       ``example.com/a/b.Load[...]``
``runtime.goexit.abi0``                                       ``runtime.goexit``
============================================================  =========================================

A function of JavaScript that has a name is told by it and its file: a line number would make it another function after
every edit.
"""

import re
from collections import Counter
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Final

from fwcompare.profilers.folded import Stack

GENERATED: Final = "<generated>"
"""The place of a function of JavaScript that came from no file."""

# Before the colon what V8 calls the kind of code, after it how it was compiled: ~ not, ^ + * more and more.
_JAVASCRIPT: Final = re.compile(
    r"(?:JS|LazyCompile|Function|Script|Eval):[~^+*]?"
    r"(?P<name>.*?) (?P<file>(?:file://|node:|/).*?|):(?P<line>\d+):\d+",
    re.DOTALL,
)
_ENVIRONMENT: Final = re.compile(r".*/environments/[^/]+-[0-9a-f]{16}/")
_JAVA: Final = re.compile(r"[\w.$-]+(?:\[\])* (?P<method>(?:[\w$-]+[./+])+(?:<init>|<clinit>|[\w$-]+))\([^()]*\)")
_LAMBDA: Final = re.compile(r"(\$\$Lambda)(?:\$\d+)?(?=[./+])")
_HIDDEN: Final = re.compile(r"[/+](?:0x[0-9a-f]+|\d+)(?=\.)")
_GO_GENERIC: Final = re.compile(r"(?P<head>[\w./%~*()-]+\.[\w.*()-]*\w)\[(?!\.\.\.\])[^\]].*")
_GO_CALLING: Final = re.compile(r"(?P<name>[\w./%~*()-]+\.[\w.*()-]+)\.abi(?:0|internal)")


def readable(symbol: str) -> str:
    """Write a symbol as above; one that is of no such form, or is written so already, stays as it is."""
    if match := _JAVASCRIPT.fullmatch(symbol):
        return _of_javascript(match["name"], match["file"], match["line"])
    if match := _JAVA.fullmatch(symbol):
        return _HIDDEN.sub("", _LAMBDA.sub(r"\1", match["method"]))
    return _of_go(symbol)


def readable_stacks(stacks: Mapping[Stack, int]) -> Counter[Stack]:
    """Write every frame so, and merge what became equal; no sample is lost."""
    names = {name: readable(name) for stack in stacks for name in stack}
    written: Counter[Stack] = Counter()
    for stack, samples in stacks.items():
        written[tuple(names[name] for name in stack)] += samples
    return written


def _of_javascript(name: str, file: str, line: str) -> str:
    place = _place(file)
    told = f"{name or 'anonymous'}:{line}" if not name or place == GENERATED else name
    return f"{told} ({place})"


def _place(file: str) -> str:
    path = file.removeprefix("file://")
    if not path:
        return GENERATED
    if path.startswith("node:"):
        return path
    _, of_package, inside = path.rpartition("node_modules/")
    if of_package:
        return inside
    own = _ENVIRONMENT.sub("", path)
    return "./" + (own if own != path else "/".join(PurePosixPath(path).parts[-2:]).lstrip("/"))


def _of_go(symbol: str) -> str:
    """Cut out types, which may hold anything; ``::`` is of other languages, and no name of Go ends in a place."""
    if "::" in symbol.partition("[")[0] or symbol.endswith(")"):
        return symbol
    name = symbol
    if match := _GO_GENERIC.fullmatch(name):
        name = f"{match['head']}[...]{_after_brackets(name[len(match['head']) :])}"
    match = _GO_CALLING.fullmatch(name)
    return match["name"] if match else name


def _after_brackets(text: str) -> str:
    """Give what stands behind the bracket that closes the first one of ``text``, its types cut out too."""
    depth = 0
    for place, char in enumerate(text):
        depth += (char == "[") - (char == "]")
        if depth == 0:
            rest = text[place + 1 :]
            head, bracket, _ = rest.partition("[")
            return head + (f"[...]{_after_brackets(rest[len(head) :])}" if bracket else "")
    return ""
