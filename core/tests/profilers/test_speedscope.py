"""What py-spy writes: what is left of its samples."""

import json
from collections.abc import Sequence

from fwcompare.profilers.speedscope import fold

Frame = dict[str, str | None]

ROOT: Frame = {"name": 'process 10:"/usr/bin/python -m gunicorn"', "file": ""}
WORKER: Frame = {
    "name": 'process 11:"python -c from spawn import main; main(fd=5)\n --password=hunter2";x 7\n',
    "file": "",
}
OTHER_WORKER: Frame = {"name": 'process 12:"python worker"', "file": ""}
RUN: Frame = {"name": "Server.run", "file": "/env/lib/python3.11/site-packages/uvicorn/server.py", "line": None}
READ: Frame = {"name": "read_users", "file": "/work/plugins/fastapi/app/fwc_app/users.py", "line": None}
INLINE: Frame = {"name": "<module>", "file": "<string>", "line": None}

WAIT: Frame = {"name": "Condition.wait", "file": "/usr/lib/python3.11/threading.py", "line": None}
SELECT: Frame = {"name": "select", "file": "/usr/lib/python3.11/selectors.py", "line": None}
WORKER_WAIT: Frame = {"name": "_worker", "file": "/usr/lib/python3.11/concurrent/futures/thread.py", "line": None}
AWAIT: Frame = {"name": "Connection.await", "file": "/env/site-packages/psycopg/threading.py", "line": None}


def speedscope(*threads: Sequence[Sequence[Frame]]) -> str:
    frames = [ROOT, WORKER, OTHER_WORKER, RUN, READ, INLINE, WAIT, SELECT, AWAIT, WORKER_WAIT]
    profiles = [{"type": "sampled", "samples": [[frames.index(f) for f in stack] for stack in one]} for one in threads]
    return json.dumps({"$schema": "speedscope", "shared": {"frames": frames}, "profiles": profiles})


def test_the_frames_that_name_processes_are_taken_out_whole_and_workers_merged() -> None:
    text = speedscope([[ROOT, WORKER, RUN, READ], [ROOT, WORKER, RUN]], [[ROOT, OTHER_WORKER, RUN, READ]])

    assert fold(text) == {
        ("Server.run (uvicorn/server.py)", "read_users (fwc_app/users.py)"): 2,
        ("Server.run (uvicorn/server.py)",): 1,
    }


def test_threads_that_wait_are_left_out_whatever_class_the_wait_belongs_to() -> None:
    text = speedscope([[ROOT, RUN, WAIT], [ROOT, RUN, SELECT], [ROOT, RUN, AWAIT], [WAIT, READ]])

    assert fold(text) == {
        ("Server.run (uvicorn/server.py)", "Connection.await (psycopg/threading.py)"): 1,
        ("Condition.wait (threading.py)", "read_users (fwc_app/users.py)"): 1,
    }


def test_a_thread_of_a_pool_that_waits_for_work_is_left_out_and_one_that_works_is_not() -> None:
    text = speedscope([[ROOT, WORKER_WAIT], [ROOT, WORKER_WAIT, READ]])

    assert fold(text) == {("_worker (concurrent/futures/thread.py)", "read_users (fwc_app/users.py)"): 1}


def test_a_frame_without_a_real_file_keeps_what_stands_for_it() -> None:
    assert fold(speedscope([[INLINE]])) == {("<module> (<string>)",): 1}
