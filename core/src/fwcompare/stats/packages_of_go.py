"""Packages of Go, from a symbol that begins with its import path: ``github.com/jackc/pgx/v5/pgconn.(*PgConn).Exec``.

- A module by its path, told by the rules that hosts have: ``github.com/jackc/pgx/v5``, ``golang.org/x/sync``,
  ``go.uber.org/zap``. The program's own code is ``main``'s, and that of its folders is its module's first part.
- The standard library by package, marked as such: ``encoding/json [go std]``; what is inside of it is the package's
  that it stands under: ``internal/poll [go std]``.
- :data:`RUNTIME`, scheduling, allocation, system calls and what the compiler made; :data:`GARBAGE`, the collector's
  workers and the work that it makes goroutines do.
"""

import re
from collections.abc import Mapping
from typing import Final

RUNTIME: Final = "[go runtime]"
GARBAGE: Final = "[go gc]"

BELOW: Final[Mapping[str, re.Pattern[str]]] = {
    GARBAGE: re.compile(r"runtime\.(?:gcBgMark|gcAssistAlloc|gcStart|gcMark|gcSweep|bgsweep|bgscavenge)")
}

# Behind the last slash a dot ends the path: one of its own is written %2e.
_IMPORT_PATH: Final = re.compile(r"(?P<path>(?:[\w.~%-]+/)*[\w~%-]+)\.")
# Hand-written assembler has no package; these are the runtime's.
_ASSEMBLER: Final = re.compile(r"(?:aeshash|memeq|cmp|index|indexbyte|count)body|gogo|callRet|_rt0_\w+")
_COMPILED: Final = re.compile(r"type(?::|\.)\.|go:")
_RUNTIME: Final = re.compile(r"(?:internal/)?runtime(?:/.*)?|internal/(?:abi|bytealg|cpu|goarch|chacha8rand)")
_MAJOR: Final = re.compile(r"v\d+")
_OF_THREE: Final = frozenset({"github.com", "gitlab.com", "bitbucket.org", "codeberg.org", "gitee.com", "golang.org"})
"""Hosts whose modules have two parts behind the host: an owner and a repository."""

_STANDARD: Final = re.compile(
    r"archive|bufio|bytes|cmp|compress|container|context|crypto|database|debug|embed|encoding|errors|expvar|flag|fmt|go"
    r"|hash|html|image|index|internal|io|iter|log|maps|math|mime|net|os|path|plugin|reflect|regexp|runtime|slices|sort"
    r"|strconv|strings|structs|sync|syscall|testing|text|time|unicode|unique|unsafe|vendor|weak"
)
"""First parts of the import paths of Go's own packages; no other path may begin with a part that has no dot."""


def package_of(frame: str) -> str | None:
    """Give the package; None where nothing tells it, as of C that is linked in."""
    if _ASSEMBLER.fullmatch(frame) or _COMPILED.match(frame):
        return RUNTIME
    found = _IMPORT_PATH.match(frame.partition("[")[0])
    if found is None or "::" in frame:
        return None
    path = found["path"].replace("%2e", ".")
    if _RUNTIME.fullmatch(path):
        return RUNTIME
    parts = path.split("/")
    if _STANDARD.fullmatch(parts[0]):
        return f"{path} [go std]"
    if "." not in parts[0]:
        return parts[0]
    length = 3 if parts[0] in _OF_THREE else 2
    if _MAJOR.fullmatch("".join(parts[length : length + 1])):
        length += 1
    return "/".join(parts[:length])
