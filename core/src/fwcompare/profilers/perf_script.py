"""What ``perf script`` writes, as folded stacks.

Decides how a symbol reads: without perf's mark of inlining, and without the hash that legacy Rust names end in; those
of Go, JavaScript and Java as ``frame_names.py`` says. Leaves out demangling, which perf does.
"""

import itertools
import re
from collections import Counter
from collections.abc import Iterable

from fwcompare.profilers import folded
from fwcompare.profilers.frame_names import readable

FIELDS = "comm,ip,sym"
"""What ``perf script --fields`` must be asked for: the fewest that fold."""

_FRAME_LINE = re.compile(r"\s+[0-9a-f]+ (?P<symbol>.*)")
_RUST_HASH = re.compile(r"::h[0-9a-f]{16}\b")


def fold(lines: Iterable[str]) -> Counter[folded.Stack]:
    """Count the equal stacks in the text, read line by line.

    A sample is a line with the thread's name, then its frames, the leaf first, then an empty line. The
    thread's name becomes the root frame; neighbouring frames without a name become one.
    """
    stacks: Counter[folded.Stack] = Counter()
    thread = ""
    frames: list[str] = []
    for line in itertools.chain(lines, ("\n",)):
        if match := _FRAME_LINE.fullmatch(line.rstrip("\n")):
            name = _name(match["symbol"])
            if name != folded.UNKNOWN or frames[-1:] != [folded.UNKNOWN]:
                frames.append(name)
        elif line.strip():
            thread = line.strip()
        elif thread or frames:
            stacks[thread or folded.UNKNOWN, *reversed(frames or [folded.UNKNOWN])] += 1
            thread, frames = "", []
    return stacks


def _name(symbol: str) -> str:
    return readable(_RUST_HASH.sub("", symbol.removesuffix(" (inlined)")).strip()) or folded.UNKNOWN
