"""Runs a plugin's code without trusting it: what it raises, prints, forks or waits for stays its own affair.

It runs in a thread of its own, so that one that hangs can be given up; the thread then ends with the process. Standard
output is not its to write to, since that may be JSON for another program. A fork would run the rest of this program
twice, so a child ends at once. A plugin's ``subprocess`` is left alone: it starts another program and not this one.
"""

import io
import os
import threading
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

from fwcompare.stats.wording import count

T = TypeVar("T")

LIMIT_S: Final = 15.0
"""How long a plugin may take for one thing; importing even a large package takes a tenth of it."""

_SHOWN: Final = 60


@dataclass(frozen=True)
class Contained(Generic[T]):
    """What came of a call: its value, or what it raised; None for both where it was given up after its time.

    ``remarks`` are what it did beside, in words.
    """

    value: T | None
    raised: BaseException | None
    hung: bool
    remarks: tuple[str, ...] = ()


@dataclass
class _Call(Generic[T]):
    value: T | None = None
    raised: BaseException | None = None
    forks: int = 0
    printed: io.StringIO = field(default_factory=io.StringIO)


class _OfThisThread(threading.local):
    call: "_Call[object] | None" = None


_present = _OfThisThread()


def _end_the_child() -> None:
    if _present.call is not None:
        os._exit(0)


def _count_the_fork() -> None:
    if _present.call is not None:
        _present.call.forks += 1


os.register_at_fork(after_in_child=_end_the_child, after_in_parent=_count_the_fork)


def contained(call: Callable[[], T], limit_s: float = LIMIT_S) -> Contained[T]:
    """Run foreign code.

    :param limit_s: seconds after which it is given up.
    """
    seen: _Call[T] = _Call()

    def run() -> None:
        _present.call = seen  # type: ignore[assignment]  # of the one type that it has here
        try:
            seen.value = call()
        except BaseException as error:  # noqa: BLE001 - foreign code may raise anything, SystemExit too; it is blamed
            seen.raised = error
        finally:
            _present.call = None

    thread = threading.Thread(target=run, name="plugin", daemon=True)
    with redirect_stdout(seen.printed):
        thread.start()
        thread.join(limit_s)
    if thread.is_alive():
        return Contained(None, None, hung=True, remarks=_remarks(seen))
    return Contained(seen.value, seen.raised, hung=False, remarks=_remarks(seen))


def _remarks(seen: _Call[T]) -> tuple[str, ...]:
    printed = " ".join(seen.printed.getvalue().split())
    short = printed if len(printed) <= _SHOWN else f"{printed[:_SHOWN]}..."
    return (
        *([f"it printed {short!r}, which was kept from standard output"] if printed else []),
        *([f"it forked {count(seen.forks, 'time')}; each child was ended at once"] if seen.forks else []),
    )
