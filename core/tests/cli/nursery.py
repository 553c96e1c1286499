"""A process that has imported the program, and gives each call a copy of itself: the second of imports is spent once.

Reads calls as lines of JSON (arguments, folder, environment, and the files of both outputs), and answers each with its
exit code. A copy is what ``python -m fwcompare.cli`` would be in that folder and environment; plugins are found, and
imported, by the copy alone.
"""

import importlib
import json
import os
import runpy
import sys
from typing import Any

from fwcompare.cli.app import cli

for command in cli.list_commands(None):  # type: ignore[arg-type] # it asks nothing of a context
    importlib.import_module(f"fwcompare.cli.{command}")
importlib.import_module("fwcompare.builtin")

OWN_PATHS = [*filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
REST = [path for path in sys.path[1:] if path not in OWN_PATHS]


def become(call: dict[str, Any]) -> None:
    """Be in the call's folder and environment, with its outputs."""
    os.chdir(call["folder"])
    os.environ.clear()
    os.environ.update(call["environment"])
    for number, name in enumerate((os.devnull, call["out"], call["err"])):
        file = os.open(name, os.O_RDWR | os.O_CREAT | os.O_TRUNC if number else os.O_RDONLY)
        os.dup2(file, number)
        os.close(file)
    sys.path[:] = [call["folder"], *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep)), *REST]
    sys.argv = ["", *call["arguments"]]


for line in sys.stdin:
    child = os.fork()
    if child == 0:
        become(json.loads(line))
        runpy.run_module("fwcompare.cli", run_name="__main__", alter_sys=True)
        sys.exit()
    _, status = os.waitpid(child, 0)
    print(os.waitstatus_to_exitcode(status), flush=True)  # noqa: T201 - its answer
