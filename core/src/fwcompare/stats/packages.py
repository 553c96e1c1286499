"""To which package each frame of a stack belongs.

A *package* is what somebody would replace as a whole, told from the frame's name and place; how differs from language
to language (``packages_by_path.py``, ``packages_of_go.py``, ``packages_of_javascript.py``, ``packages_of_java.py``).
In every language there are

- :data:`KERNEL`, from the frame by which a stack enters it down to the leaf, as symbols of its own have no place;
- what a runtime does beside the program, as collecting garbage or compiling: from the frame where it begins down to
  the leaf, the kernel's part left out;
- :data:`UNKNOWN`, where the profiler found no name;
- :data:`NATIVE`, any other symbol of which nothing tells the package: C libraries, assembler.

A name in square brackets is ours; others are names of packages that their authors gave. Pure.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from fwcompare.stats import packages_by_path, packages_of_go, packages_of_java, packages_of_javascript

Stack = tuple[str, ...]

KERNEL: Final = "[kernel]"
NATIVE: Final = "[native]"
UNKNOWN: Final = "[unknown]"

_KERNEL_ENTRY: Final = re.compile(
    r"(entry_SYSCALL|entry_INT80|do_syscall_64|x64_sys_call|asm_|ret_from_fork|syscall_return|error_entry"
    r"|el0t?_|el1h?_|handle_exception|\[kernel)"
)


@dataclass(frozen=True)
class _Language:
    """How packages are told: of a frame alone, and of everything below a frame that begins something of its own."""

    package_of: Callable[[str], str | None]
    below: Mapping[str, re.Pattern[str]]


_BY_PATH: Final = _Language(packages_by_path.package_of, {})
_GO: Final = _Language(packages_of_go.package_of, packages_of_go.BELOW)
_JAVASCRIPT: Final = _Language(packages_of_javascript.package_of, packages_of_javascript.BELOW)
_JAVA: Final = _Language(packages_of_java.package_of, packages_of_java.BELOW)

_LANGUAGES: Final[Mapping[str, _Language]] = {
    "go": _GO,
    "javascript": _JAVASCRIPT,
    "typescript": _JAVASCRIPT,
    "java": _JAVA,
    "kotlin": _JAVA,
    "scala": _JAVA,
}


def packages_of(stack: Stack, language: str) -> Stack:
    """Give the package of each frame of a stack, the root first.

    :param language: as the target declares it; one that is not known here is told by paths, as Python and Rust are.
    """
    rules = _LANGUAGES.get(language.lower(), _BY_PATH)
    packages: list[str] = []
    around: str | None = None
    for frame in stack:
        if around != KERNEL and _KERNEL_ENTRY.match(frame):
            around = KERNEL
        elif around is None:
            around = next((name for name, begins in rules.below.items() if begins.match(frame)), None)
        packages.append(around or (UNKNOWN if frame == UNKNOWN else rules.package_of(frame) or NATIVE))
    return tuple(packages)
