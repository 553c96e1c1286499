"""Work on a report in a process of its own, while this one writes the other documents.

To draw takes as long as all the rest, and is done in Python: a thread would only take turns. The other process is a
fork, which has the report already; to hand it over would take longer than to draw.
"""

import multiprocessing
import signal
import sys
from collections.abc import Callable, Iterable, Iterator
from multiprocessing.connection import Connection
from multiprocessing.context import ForkProcess
from pathlib import Path

Work = Callable[[], list[Path]]


class BesideError(Exception):
    """The work failed in its process; the message says how, as it would have been told from here."""


def beside(work: Work) -> Iterable[Path]:
    """Begin ``work`` now; who asks for the first of its paths waits for its end.

    Elsewhere than on Linux a fork is not safe with every library, and ``work`` is done at once.

    :raises BesideError: as the first path is asked for, when the work failed.
    """
    if sys.platform != "linux":
        return work()
    context = multiprocessing.get_context("fork")
    here, there = context.Pipe(duplex=False)
    # Nobody waits for it where its paths are never asked for: it ends with this process at the latest.
    process = context.Process(target=_do, args=(work, there), daemon=True)
    process.start()
    there.close()
    return _awaited(process, here)


def _do(work: Work, there: Connection) -> None:
    # Ctrl-C reaches every process of the terminal; what becomes of it is the first one's to say.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        done: list[Path] | str = work()
    except Exception as error:  # noqa: BLE001 - whatever it is, it is told where somebody listens
        done = f"{type(error).__name__}: {error}"
    there.send(done)


def _awaited(process: ForkProcess, here: Connection) -> Iterator[Path]:
    with here:
        try:
            done = here.recv()
        except EOFError:
            done = None
    process.join()
    if done is None:
        raise BesideError(f"its process ended with code {process.exitcode}")
    if isinstance(done, str):
        raise BesideError(done)
    yield from done
