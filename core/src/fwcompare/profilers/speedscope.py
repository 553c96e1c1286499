"""What py-spy writes, as folded stacks.

Decides what is left of a sample: no process, no thread that waits, and of a file only its place in its package.

- py-spy's *process frames*, ``process PID:"command line"``, split the workers of one server and may hold secrets.
  In its raw format a command line's own semicolons and newlines cannot be told from the format's
  (``python -c "from multiprocessing.spawn import spawn_main; ..."`` is how uvicorn starts a worker); in
  speedscope's JSON a frame is a frame.
- *Waits*: py-spy takes many a waiting thread for a busy one. It knows the two commonest waits by name and leaves
  them out, but not by the qualified names that Python has since 3.11 (``Condition.wait``). They were 310 of 1,145
  samples of a threaded server in 4 s. A thread of a pool waits for work in C, so that what is on top is the pool's
  ``_worker``, which itself does next to nothing: 535 of 565 samples of an ASGI server whose views sleep (5.7 busy
  threads where the kernel counted 0.2; without them 0.3), 509 of 658 of a threaded WSGI server.
"""

import re
from collections import Counter
from pathlib import Path

from pydantic import BaseModel

from fwcompare.profilers import folded

_PROCESS_FRAME = re.compile(r'process \d+:"')
_WAIT = re.compile(r"\bwait \(threading\.py\)$|\bselect \(selectors\.py\)$|^_worker \(concurrent/futures/thread\.py\)$")
_LIBRARY_FILE = re.compile(r".*/(?:site-packages|dist-packages|python3\.\d+)/(.+)", re.DOTALL)


class _Frame(BaseModel):
    name: str
    file: str | None = None


class _Shared(BaseModel):
    frames: list[_Frame]


class _Thread(BaseModel):
    samples: list[list[int]]


class _Speedscope(BaseModel):
    """The part of speedscope's file format that py-spy writes and we read."""

    shared: _Shared
    profiles: list[_Thread]


def fold(speedscope: str) -> Counter[folded.Stack]:
    """Count the equal stacks of all threads that do not wait; frames read ``function (package/module.py)``.

    :raises ValidationError: when the text is no speedscope file.
    """
    document = _Speedscope.model_validate_json(speedscope)
    names = [_frame_name(frame) for frame in document.shared.frames]
    stacks = Counter(
        tuple(names[index] for index in sample) for thread in document.profiles for sample in thread.samples
    )
    busy = Counter({stack: samples for stack, samples in stacks.items() if not (stack and _WAIT.search(stack[-1]))})
    return folded.strip(busy, _PROCESS_FRAME.match)


def _frame_name(frame: _Frame) -> str:
    if not frame.file:
        return frame.name
    library = _LIBRARY_FILE.fullmatch(frame.file)
    return f"{frame.name} ({library[1] if library else '/'.join(Path(frame.file).parts[-2:])})"
