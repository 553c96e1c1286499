"""Becomes the stub server in the folder it is given.

The server ends when its standard input does, and a target's is empty: so it gets a pipe that it holds open itself.
"""

import os
import sys
from pathlib import Path

reading, writing = os.pipe()
os.dup2(reading, 0)
os.set_inheritable(writing, True)
program = Path(sys.argv[1]) / "fwcompare-stub-server"
os.execv(program, [str(program), os.environ["PORT"]])  # noqa: S606 - it takes this process, pid and all
