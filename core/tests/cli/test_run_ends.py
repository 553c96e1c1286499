"""`fwcompare run`, `verify` and `up` with real processes and no figures: how they end, and what is left of them."""

import json
import signal
import socket
from typing import TYPE_CHECKING

import pytest

from fwcompare.runtimes.cgroups import find_grounds

if TYPE_CHECKING:
    from core.tests.cli.conftest import Program

pytestmark = pytest.mark.real


def measuring(program: "Program") -> bool:
    return any("serve.py sound" in line for line in program.leftovers())


def test_kill_9_of_the_runner_leaves_no_process(program: "Program") -> None:
    running = program.start("run", "users.yaml", "--set", "load.duration=60s")
    assert program.wait_until(lambda: measuring(program))
    running.kill()
    running.communicate()
    assert program.wait_until(lambda: program.leftovers() == [], limit_s=5), program.leftovers()


def test_ctrl_c_keeps_what_was_measured_and_exits_130(program: "Program") -> None:
    running = program.start("run", "users.yaml", "--repeats", "50")
    trials = program.results / "latest" / "trials.jsonl"
    assert program.wait_until(lambda: trials.exists() and trials.read_text().count("\n") >= 1)
    running.send_signal(signal.SIGINT)
    _, err = running.communicate(timeout=60)
    assert running.returncode == 130, err
    assert "stopping" in err
    latest = program.results / "latest"
    summary = json.loads((latest / "summary.json").read_text())
    assert summary["status"] == "interrupted"
    (cell,) = summary["cells"]
    # A block that this machine disturbed is kept as well, though it does not count.
    assert cell["trials"] + cell["disturbed_blocks"] >= 1
    assert (latest / "report.md").exists()
    assert program.leftovers() == []


def test_a_second_ctrl_c_ends_at_once_and_leaves_no_process(program: "Program") -> None:
    running = program.start("run", "users.yaml", "--set", "load.duration=60s", "--set", "load.drain=60s")
    assert program.wait_until(lambda: measuring(program))
    running.send_signal(signal.SIGINT)
    running.send_signal(signal.SIGINT)
    running.communicate(timeout=30)
    assert running.returncode == 130
    assert program.wait_until(lambda: program.leftovers() == [], limit_s=5), program.leftovers()


def test_a_port_that_is_taken_is_named_before_anything_is_measured(program: "Program") -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        blocked = program("run", "users.yaml", "--set", f"targets=[{{name: sound, port: {port}}}, exits]")
    assert blocked.returncode == 3
    assert f"port {port}" in blocked.stderr


def test_want_of_memory_is_named(program: "Program") -> None:
    missing = find_grounds().missing
    if missing:
        pytest.skip(f"host unfit: {'; '.join(missing.values())}")
    short = program("run", "users.yaml", "--set", "limits={memory: 4MiB}")
    assert short.returncode == 3
    assert "target 'sound' ran out of memory" in short.stderr
    assert "its limit of 4 MiB; 1 of its processes was ended by the kernel" in short.stderr


def test_verify_passes_the_same_work_and_names_what_differs_with_exit_3(program: "Program") -> None:
    good = program("verify", "sound")
    assert good.returncode == 0, good.stderr
    assert [line.split() for line in good.stdout.splitlines()[1:3]] == [["target", "users"], ["sound", "pass"]]
    bad = program("verify", "ninety-nine", "sound")
    assert bad.returncode == 3
    assert [line.split() for line in bad.stdout.splitlines()[2:4]] == [["ninety-nine", "FAILED"], ["sound", "pass"]]
    assert "body: 99 elements, expected 100" in bad.stdout
    assert program.leftovers() == []


def test_up_prints_how_to_reach_the_target_and_stays_until_ctrl_c(program: "Program") -> None:
    running = program.start("up", "sound")
    assert running.stdout is not None
    lines = [running.stdout.readline() for _ in range(2)]
    running.send_signal(signal.SIGINT)
    _, err = running.communicate(timeout=60)
    assert running.returncode == 0, err
    assert lines[0].startswith("sound serves users at http://127.0.0.1:")
    assert lines[1].strip().startswith("curl -i http://127.0.0.1:")
    assert program.leftovers() == []


def test_a_database_at_a_url_is_used_and_its_password_is_recorded_nowhere(program: "Program") -> None:
    nobody = "postgresql://admin:my-secret@127.0.0.1:1/postgres"
    done = program("run", "users.yaml", "--set", f"services.postgresql={nobody}")
    assert done.returncode == 4, done.stderr
    assert "PostgreSQL on 127.0.0.1:1 refused a statement of ours" in done.stderr
    recorded = (program.results / "latest" / "run.json").read_text(encoding="utf-8")
    assert json.loads(recorded)["scenario"]["services"] == {"postgresql": "postgresql://admin:***@127.0.0.1:1/postgres"}
    assert "services.postgresql=postgresql://admin:***@127.0.0.1:1/postgres" in recorded
    for text in (
        done.stdout,
        done.stderr,
        *(file.read_text() for file in program.results.rglob("*") if file.is_file()),
    ):
        assert "my-secret" not in text
