"""Foreign code, run without trust: what it raises, prints, forks or waits for."""

import os
import subprocess
import sys
import threading
import time

import pytest

from fwcompare.plugins.contained import contained


def test_a_value_comes_back_without_a_remark() -> None:
    came = contained(lambda: 7)
    assert (came.value, came.raised, came.hung, came.remarks) == (7, None, False, ())


@pytest.mark.parametrize("error", [ValueError("no"), SystemExit(3), KeyboardInterrupt()])
def test_whatever_it_raises_is_handed_back_and_not_raised(error: BaseException) -> None:
    def fail() -> None:
        raise error

    assert contained(fail).raised is error


def test_what_hangs_is_given_up() -> None:
    never = threading.Event()
    came = contained(never.wait, limit_s=0.05)
    assert came.hung
    assert came.value is None
    never.set()


def test_what_it_prints_is_kept_from_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    came = contained(lambda: sys.stdout.write("hello\nyou"))
    sys.stdout.write("after\n")
    assert capsys.readouterr().out == "after\n"
    assert came.remarks == ("it printed 'hello you', which was kept from standard output",)


_FORKS = """
import os, sys
from fwcompare.plugins.contained import contained

def fork():
    if os.fork() == 0:
        print("child", file=sys.stderr)
    return "parent"

came = contained(fork)
print(came.value, came.remarks)
"""


def test_a_fork_does_not_run_the_program_twice() -> None:
    done = subprocess.run([sys.executable, "-c", _FORKS], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "parent ('it forked 1 time; each child was ended at once',)\n"
    assert done.stderr == ""


def test_a_program_that_it_starts_is_its_own_affair() -> None:
    came = contained(lambda: subprocess.run([sys.executable, "-c", "print(1)"], capture_output=True, check=True).stdout)
    assert came.value == b"1\n"
    assert came.remarks == ()


def test_other_threads_may_fork_meanwhile() -> None:
    """A runner that starts processes while a plugin observes must not lose them."""
    began, end = threading.Event(), threading.Event()

    def wait() -> None:
        began.set()
        end.wait()

    waiting = threading.Thread(target=lambda: contained(wait))
    waiting.start()
    began.wait()
    pid = os.fork()
    if pid == 0:
        time.sleep(0)
        os._exit(5)
    _, status = os.waitpid(pid, 0)
    end.set()
    waiting.join()
    assert os.waitstatus_to_exitcode(status) == 5
