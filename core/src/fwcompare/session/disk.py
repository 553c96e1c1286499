"""A full disk ends a run, with what to do; it is no fault of the target that was being measured."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager

from fwcompare.errors import HostError
from fwcompare.store.run_directory import RunDirectory

LEAST_BYTES = 2**20
"""What must be free for a target's failure to be its own; a trial's files and a database's next page need less."""

_FULL = (errno.ENOSPC, errno.EDQUOT)


@contextmanager
def a_full_disk_told(store: RunDirectory) -> Iterator[None]:
    """Turn the kernel's word for a full disk into ours, wherever it is met.

    :raises HostError: then.
    """
    try:
        yield
    except OSError as error:
        if error.errno not in _FULL:
            raise
        raise _full(store, str(error)) from error


def must_have_space(store: RunDirectory) -> None:
    """Refuse to blame a target that failed while the disk was full: its database, or it itself, could not write.

    :raises HostError: when it is.
    """
    seen = os.statvfs(store.folder)
    free = seen.f_bavail * seen.f_frsize
    if free < LEAST_BYTES:
        raise _full(store, f"{free} bytes are free, and a target failed")


def _full(store: RunDirectory, seen: str) -> HostError:
    return HostError(
        f"run {store.name} cannot be kept: the disk is full",
        seen=seen,
        expected=f"space below {store.folder}",
        hint=f"free space, then {store.how_to_resume}",
    )
