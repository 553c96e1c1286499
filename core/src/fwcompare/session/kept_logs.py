"""A folder for what belongs to no run: it goes at the end, save the logs in it that somebody was told to read."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import Final

from fwcompare.errors import FwcompareError

LOG: Final = ".log"
"""What the name of every log ends with."""


@dataclass
class KeptLogs:
    """A folder for what is started, logs among it."""

    folder: Path
    _named: bool = False

    def told(self, text: str) -> None:
        """Say that the user is told this: if it names a log in the folder, the logs stay where they are."""
        self._named = self._named or str(self.folder) in text

    def clear(self) -> None:
        """Remove the folder, or all but the logs in it."""
        if not self._named:
            shutil.rmtree(self.folder)
            return
        for place in sorted(self.folder.rglob("*"), reverse=True):
            if not place.is_dir() or place.is_symlink():
                if place.suffix != LOG:
                    place.unlink()
            elif not any(place.iterdir()):
                place.rmdir()


@contextmanager
def kept_logs() -> Iterator[KeptLogs]:
    """Make a folder among the system's temporary ones; an error that leaves is one that the user is told."""
    logs = KeptLogs(Path(mkdtemp(prefix="fwcompare-")))
    try:
        yield logs
    except FwcompareError as error:
        logs.told(str(error))
        raise
    finally:
        logs.clear()
