"""Folded stacks: what every profiler's samples become, one line a distinct stack (``root;frame;leaf 12``).

Decides how a frame is written so that no name can break the format, and that no sample is ever lost or
counted twice. Leaves out where the samples come from (``pyspy.py``, ``perf.py``) and how they are drawn
(``flamegraph.py``). Pure.
"""

import re
from collections import Counter
from collections.abc import Callable, Mapping

Stack = tuple[str, ...]
"""The frames of one sample, the root first."""

UNKNOWN = "[unknown]"
"""A frame whose name cannot be known."""

# Two numbers at a line's end mean a differential profile, so a name must not end in one of its own.
_TRAILING_NUMBER = re.compile(r" (?=[\d.]+$)")


def frame(name: str) -> str:
    """Write a name so that it is one frame of one line.

    A semicolon becomes a colon, as ``stackcollapse-perf.pl`` has it (Rust's ``[u8; 4]`` reads ``[u8: 4]``);
    what cannot be printed becomes a space, and runs of spaces become one. A name of nothing is
    :data:`UNKNOWN`. Markup is left alone: escaping is for whoever draws.
    """
    printable = "".join(char if char.isprintable() else " " for char in name.replace(";", ":"))
    return _TRAILING_NUMBER.sub("_", " ".join(printable.split())) or UNKNOWN


def merge(*many: Mapping[Stack, int]) -> Counter[Stack]:
    """Add up the samples of equal stacks; the order of the arguments does not matter."""
    merged: Counter[Stack] = Counter()
    for stacks in many:
        merged.update(stacks)
    return merged


def strip(stacks: Mapping[Stack, int], unwanted: Callable[[str], object]) -> Counter[Stack]:
    """Take out every frame for which ``unwanted`` gives something true, and merge what became equal.

    No sample is lost: a stack of unwanted frames alone becomes :data:`UNKNOWN`.
    """
    stripped: Counter[Stack] = Counter()
    for stack, samples in stacks.items():
        stripped[tuple(name for name in stack if not unwanted(name)) or (UNKNOWN,)] += samples
    return stripped


def write(stacks: Mapping[Stack, int]) -> str:
    """Give the text, its lines sorted; stacks whose written frames are equal are merged."""
    written: Counter[str] = Counter()
    for stack, samples in stacks.items():
        written[";".join(frame(name) for name in stack) or UNKNOWN] += samples
    return "".join(sorted(f"{stack} {samples}\n" for stack, samples in written.items()))


def parse(text: str) -> Counter[Stack]:
    """Read what :func:`write` wrote.

    :raises ValueError: at a line that does not end in a number of samples.
    """
    stacks: Counter[Stack] = Counter()
    for number, line in enumerate(text.split("\n"), start=1):
        if not line:
            continue
        stack, _, samples = line.rpartition(" ")
        if not stack or not samples.isdecimal():
            raise ValueError(f"line {number} is no folded stack: {line!r}; expected 'root;frame;leaf samples'")
        stacks[tuple(stack.split(";"))] += int(samples)
    return stacks
