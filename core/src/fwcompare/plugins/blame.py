"""Says what a plugin raised, and where in the plugin: its author has no traceback to look at.

Leaves out what is done about it (``discovery.py``, ``observers.py``).
"""

import traceback
from pathlib import Path
from typing import Final

import pluggy

from fwcompare.errors import FwcompareError

_OURS: Final = (Path(__file__).parents[1], Path(pluggy.__file__).parent)
_PACKAGE: Final = "__init__.py"


def describe(error: BaseException) -> str:
    """Say what was raised, and in which file and line of the plugin: an error of ours speaks for itself."""
    if isinstance(error, FwcompareError):
        return str(error)
    place = _place(error)
    # It may be of several lines, or of none.
    words = " ".join(str(error.msg if isinstance(error, SyntaxError) else error).split())
    return ": ".join(filter(None, [type(error).__name__, words])) + (f", at {place}" if place else "")


def _place(error: BaseException) -> str:
    """Give ``file:line``: of what was called last in the plugin itself, not in a library that it called."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{error.filename}:{error.lineno}"
    frames = [(Path(frame.filename), frame.lineno) for frame in traceback.extract_tb(error.__traceback__)]
    foreign = [(file, line) for file, line in frames if file.is_file() and not _is_machinery(file)]
    if not foreign:
        return ""
    first, _ = foreign[0]
    whole = first.parent if (first.parent / _PACKAGE).is_file() else first
    file, line = [(file, line) for file, line in foreign if file.is_relative_to(whole)][-1]
    return f"{file}:{line}"


def _is_machinery(file: Path) -> bool:
    """Whether a plugin is called through this file, rather than calling it."""
    return any(file.is_relative_to(folder) for folder in _OURS) or "importlib" in file.parts
