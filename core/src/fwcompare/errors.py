"""One tree of errors; each says who, what was seen, what was expected and what to do next.

The command line catches this tree alone and turns it into text and an exit code. Anything else that
reaches it is a bug and keeps its traceback.
"""

from collections.abc import Sequence
from typing import ClassVar


class FwcompareError(Exception):
    """An error that a user can act on.

    :param who: the thing that is wrong, in one line (``target 'fastapi' never became ready``).
    :param seen: what was observed.
    :param expected: what would have been right.
    :param hint: what to do next, a command where there is one.
    :param details: further lines, shown indented and unchanged (a log's tail, a difference).
    """

    exit_code: ClassVar[int] = 4

    def __init__(
        self,
        who: str,
        *,
        seen: str = "",
        expected: str = "",
        hint: str = "",
        details: Sequence[str] = (),
    ) -> None:
        super().__init__(who)
        self.who = who
        self.seen = seen
        self.expected = expected
        self.hint = hint
        self.details = tuple(details)

    def lines(self) -> list[str]:
        """Give the message as lines: who, then what was seen, expected, details and next, indented by two."""
        rows = [self.who]
        rows += [f"  {line}" for line in self.seen.splitlines()]
        if self.expected:
            rows.append(f"  expected: {self.expected}")
        rows += [f"  {line}" for line in self.details]
        if self.hint:
            rows.append(f"  next: {self.hint}")
        return rows

    def __str__(self) -> str:
        return "\n".join(self.lines())


class ScenarioError(FwcompareError):
    """A scenario, a flag or a name that the user gave is wrong."""

    exit_code = 2


class PluginError(FwcompareError):
    """A plugin is at fault; the message names it."""

    exit_code = 2


class TargetError(FwcompareError):
    """A target could not be built, started, or answered wrongly."""

    exit_code = 3


class HostError(FwcompareError):
    """The machine lacks something, or forbids it."""

    exit_code = 4


class MeasurementError(FwcompareError):
    """A measurement was taken and is not valid."""

    exit_code = 5


class InterruptedRunError(FwcompareError):
    """The user stopped the run."""

    exit_code = 130
