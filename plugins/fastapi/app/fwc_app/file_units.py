"""The file half of ``io-intensive``, the same for every stack, async ones too.

The calls block, and stand inline in ``async def`` endpoints as well: a tiny file that is never synced lives in the
page cache, and handing its microseconds to a thread would cost more than they do.
"""

from __future__ import annotations

import json
import os
import tempfile
import time
from pathlib import Path
from typing import Final

PAYLOAD: Final = "x" * 1000


def run_file_units(count: int) -> None:
    """Do that many units, one after the other.

    :raises OSError: when the folder for temporary files takes none.
    """
    for _ in range(count):
        run_file_unit()


def run_file_unit() -> None:
    """Write a file of its own, read it back, parse it and remove it, the last in any case."""
    # Named to tempfile, which alone would quietly turn to another folder when TMPDIR's takes no files.
    descriptor, name = tempfile.mkstemp(suffix=".json", dir=os.environ.get("TMPDIR") or None)
    path = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(json.dumps({"timestamp": time.time(), "data": PAYLOAD}))
        with path.open(encoding="utf-8") as file:
            json.loads(file.read())
    finally:
        path.unlink()
