"""The binding as a guest of the interpreter: GIL, signals, types."""

import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import fwcompare_loadgen
from fwcompare_loadgen import LoadSpec, StubServer, start

HERE = Path(__file__).parent


def test_other_threads_run_while_one_waits(server: StubServer) -> None:
    load = start(LoadSpec(url=server.url("/?fault=hang"), duration_s=600, warmup_s=0))
    waiter = threading.Thread(target=load.wait)
    waiter.start()
    # With the GIL held by the waiter, none of these would come to run before the load has ended, in ten minutes.
    turns = 0
    while turns < 1000:
        turns += 1
        time.sleep(0)
    assert waiter.is_alive()
    load.stop()
    waiter.join()


def test_ctrl_c_stops_the_load_and_the_partial_result_is_there() -> None:
    program = """
        import sys
        from fwcompare_loadgen import LoadSpec, StubServer, start
        with StubServer() as server:
            load = start(LoadSpec(url=server.url(), duration_s=600, warmup_s=0))
            while load.snapshot().completed < 10:
                pass
            print("under way", flush=True)
            try:
                load.wait()
            except KeyboardInterrupt:
                result = load.wait()
                print(result.interrupted, result.ok > 0, flush=True)
                sys.exit(130)
    """
    with subprocess.Popen([sys.executable, "-c", textwrap.dedent(program)], stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "under way\n"
        time.sleep(1)  # from the printing to the waiting
        child.send_signal(signal.SIGINT)
        # Well below the ten minutes of the load; on an idle host it takes 0.2 s.
        output, _ = child.communicate(timeout=60)
    assert (child.returncode, output) == (130, "True True\n")


def test_the_stub_file_tells_the_truth_about_the_compiled_module(tmp_path: Path) -> None:
    # An ini file of its own: the one of the workspace may ask for plugins that are not needed here.
    settings = tmp_path / "mypy.ini"
    settings.write_text(f"[mypy]\nstrict = true\nmypy_path = {HERE.parent / 'python'}\n")
    check = subprocess.run(
        [sys.executable, "-m", "mypy.stubtest", "fwcompare_loadgen._native", "--mypy-config-file", str(settings)],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    assert check.returncode == 0, check.stdout + check.stderr


def test_every_public_name_is_documented() -> None:
    for name in fwcompare_loadgen.__all__:
        assert getattr(fwcompare_loadgen, name).__doc__, name
