"""The command: what it prints, how it ends, and that no other command carries a web server."""

import os
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
from click.testing import CliRunner

from fwcompare.cli.ui import ui
from fwcompare.errors import HostError, ScenarioError
from fwcompare.ui.server import Place, Service, place_of


@pytest.fixture
def started(results: Path) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "fwcompare.cli", "ui", "--results", str(results), "--no-open"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )


def test_it_prints_an_address_that_lets_in_and_ends_at_ctrl_c(started: "subprocess.Popen[str]") -> None:
    with started:
        assert started.stdout is not None
        address = started.stdout.readline().strip()
        opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
        with opener.open(address, timeout=20) as answer:
            assert answer.url == address.partition("?")[0]
            assert b"There is none yet" in answer.read()
        started.send_signal(signal.SIGINT)
        _, said = started.communicate(timeout=20)
    assert started.returncode == 0
    assert "Traceback" not in said
    assert "token" not in said


def test_an_address_that_others_reach_must_be_asked_for(results: Path) -> None:
    with pytest.raises(ScenarioError, match="can be reached by other machines") as caught:
        CliRunner().invoke(ui, ["--results", str(results), "--host", "0.0.0.0"], catch_exceptions=False)  # noqa: S104 - refused
    assert "--allow-remote" in caught.value.hint


def test_a_host_that_is_no_address_is_refused() -> None:
    with pytest.raises(ScenarioError, match=r"host 'example\.org' is no address"):
        place_of("example.org", 0)
    assert place_of("localhost", 8).is_loopback


def test_a_port_that_is_taken_is_told(results: Path) -> None:
    said: list[str] = []
    first = Service(results, Place(), say=said.append)
    with pytest.raises(HostError, match=rf"cannot listen at 127\.0\.0\.1, port {first.port}"):
        Service(results, Place(port=first.port), say=said.append)
    first.close()


def test_no_other_command_imports_a_web_server() -> None:
    look = (
        "import sys; from fwcompare.cli.app import cli\n"
        "for arguments in (['--help'], ['ui', '--help'], ['run', 'users', '--dry-run']):\n"
        "    cli(arguments, standalone_mode=False)\n"
        "print('imported:', [name for name in ('fastapi', 'starlette', 'uvicorn') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "imported: []"
