"""How root starts a program that refuses to run as root, without adding a user or changing a mode.

First choice is a user namespace of its own: to the program its user is an ordinary one, to the kernel it is
still root without privileges, so files of root stay its own. Where namespaces are refused, the program runs as
the user "nobody", which must be able to reach the program and the folder. Each way is tried before it is used.
"""

import os
import shutil
from pathlib import Path

from fwcompare.errors import HostError
from fwcompare.model.ports import Processes

NOBODY = 65534
NAMESPACE = ("unshare", "--user", "--map-user=1000", "--map-group=1000")
OTHER_USER = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")
_PROBE = 'test -w "$1" && exec "$2" --version'
_PROBE_TIMEOUT_S = 30.0


def unprivileged_prefix(processes: Processes, folder: Path, program: Path) -> tuple[str, ...]:
    """Give the words that go before ``program`` so that it runs unprivileged and can write to ``folder``.

    Empty for an ordinary user. ``folder`` is ours alone; for the second way it is handed to "nobody".

    :raises HostError: when no way works on this host.
    """
    if os.geteuid() != 0:
        return ()
    if _works(NAMESPACE, processes, folder, program):
        return NAMESPACE
    os.chown(folder, NOBODY, NOBODY)
    if _works(OTHER_USER, processes, folder, program):
        return OTHER_USER
    raise HostError(
        f"{program.name} cannot be started by root on this host",
        seen=(
            f"neither `{' '.join(NAMESPACE)}` nor `{' '.join(OTHER_USER)}` runs {program} with access to {folder}\n"
            f"log: {_log(folder)}"
        ),
        expected="user namespaces, or a program and a folder that every user can reach",
        hint="run as an ordinary user, or give --results a folder whose parents everybody may enter",
    )


def _works(prefix: tuple[str, ...], processes: Processes, folder: Path, program: Path) -> bool:
    if shutil.which(prefix[0]) is None:
        return False
    argv = [*prefix, "sh", "-c", _PROBE, "sh", str(folder), str(program)]
    process = processes.spawn(argv, cwd=folder, env={"PATH": os.environ["PATH"]}, log=_log(folder))
    try:
        return process.wait(_PROBE_TIMEOUT_S) == 0
    finally:
        process.stop()


def _log(folder: Path) -> Path:
    return folder / "unprivileged.log"
