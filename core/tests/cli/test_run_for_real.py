"""`fwcompare run` with real processes, a real database and real load."""

import json
import signal
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from fwcompare.runtimes.cgroups import find_grounds

if TYPE_CHECKING:
    from core.tests.cli.conftest import Program

pytestmark = pytest.mark.real

MEASURED = (0, 5)
"""5: others used the CPUs in every block, which is the host's affair and told; the trials are there all the same."""


def test_failing_targets_are_named_and_the_sound_one_is_measured(program: "Program") -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        scenario = program.folder / "users.yaml"
        text = scenario.read_text(encoding="utf-8")
        scenario.write_text(text.replace("[sound]", "[sound, ninety-nine, exits, hangs]"), encoding="utf-8")
        done = program("run", "users.yaml", "--repeats", "2")
        blocked = program("run", "users.yaml", "--set", f"targets=[{{name: sound, port: {port}}}, exits]")

    assert done.returncode == 3, done.stderr
    assert blocked.returncode == 3
    assert f"port {port}" in blocked.stderr

    runs = sorted(path for path in program.results.iterdir() if path.name != "latest" and path.is_dir())
    first = next(path for path in runs if len((path / "trials.jsonl").read_text().splitlines()) == 8)
    summary = json.loads((first / "summary.json").read_text())
    cells = {cell["target"]: cell for cell in summary["cells"]}
    assert {name: cell["outcome"] for name, cell in cells.items()} == {
        "sound": "ok",
        "ninety-nine": "failed",
        "exits": "failed",
        "hangs": "failed",
    }
    assert cells["sound"]["trials"] == 2 - (cells["sound"]["disturbed_blocks"] == 1)
    assert cells["sound"]["throughput_rps"]["mean"] > 0
    assert cells["exits"]["throughput_rps"] is None
    for said in (
        "body: 99 elements, expected 100",
        "target 'exits' exited at start",
        "> the database of my dreams is not there",
        "target 'hangs' never became ready",
        "waited 2 s for GET http://127.0.0.1:",
    ):
        assert said in done.stderr
    for block in ("1", "2"):
        place = first / "trials" / cells["sound"]["key"] / block
        assert "read_users" in (place / "profile.folded").read_text()
        assert "read_users" in (place / "flamegraph.svg").read_text()
        assert (place / "service.hdr").stat().st_size > 0
    assert program.leftovers() == []


def test_a_real_target_is_warmed_up_until_it_is_steady_and_judged_by_the_canary_and_the_clients_ceiling(
    program: "Program",
) -> None:
    warmup = "load.warmup={auto: {most: 12s}}"
    done = program("run", "users.yaml", "--set", warmup)
    assert done.returncode in MEASURED, done.stderr
    assert "measuring what the load generator reaches on this host" in done.stderr
    run = next(path for path in program.results.iterdir() if path.name != "latest")
    trial = json.loads((run / "trials.jsonl").read_text().splitlines()[0])
    gates = {gate["name"]: gate for gate in trial["gates"]}
    assert {"canary", "warm-up", "client ceiling"} <= gates.keys()
    assert gates["canary"]["about"] == "host"
    assert gates["client ceiling"]["passed"]
    # Whether this host lets it be steady is not for a test to say; that it is told is.
    assert gates["warm-up"]["seen"].startswith(("steady after", "not steady after 1"))
    assert 5.5 <= trial["warmup_s"] <= 13.5
    report = (run / "report.md").read_text()
    assert "warm-up: until steady, 5s to 12s" in report
    assert "req/s against a null server, measured 2" in report
    assert program.leftovers() == []


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
    assert summary["cells"][0]["trials"] >= 1
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


def test_a_run_holds_the_work_to_the_contract_first_and_keeps_the_sql(program: "Program") -> None:
    done = program("run", "users.yaml", "--set", "audit=true", "--quiet")

    assert done.returncode in MEASURED, done.stderr
    # Of a target that does what it should there is nothing to warn of; of a busy host there may be.
    assert [line for line in done.stderr.splitlines() if not line.startswith("warning: ")] == []
    assert "sound" in done.stdout
    latest = program.results / "latest"
    (cell,) = json.loads((latest / "summary.json").read_text())["cells"]
    assert (cell["target"], cell["parity"]) == ("sound", "same work")
    sql = 'SELECT user_id, username, email FROM "user" ORDER BY user_id LIMIT ?;\n'
    assert (latest / "parity" / "sound" / "request.sql").read_text() == sql
    assert program.leftovers() == []


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
    running.communicate(timeout=60)
    assert running.returncode == 0
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


def test_limits_hold_in_a_run_and_want_of_memory_is_named(program: "Program") -> None:
    missing = find_grounds().missing
    if missing:
        pytest.skip(f"host unfit: {'; '.join(missing.values())}")
    within = program("run", "users.yaml", "--set", "limits={cpus: 0.5, memory: 512MiB}")
    assert within.returncode in MEASURED, within.stderr
    latest = program.results / "latest"
    (trial,) = map(json.loads, (latest / "trials.jsonl").read_text().splitlines())
    assert (trial["limits"]["quota_cpus"], trial["limits"]["memory_bytes"]) == (0.5, 2**29)
    assert trial["limits"]["words"].startswith("0.5 CPU by quota")
    assert trial["limits"]["missing"] == ""
    environment = json.loads((latest / "run.json").read_text())["environment"]
    assert environment["limits"].endswith("asked for each target: 0.5 CPU by quota, 512 MiB")
    assert "priority" in environment["client"]
    assert environment["placement"]["target"] == trial["limits"]["cpus"]
    assert "limits held: 0.5 CPU by quota" in (latest / "report.md").read_text()

    short = program("run", "users.yaml", "--set", "limits={memory: 4MiB}")
    assert short.returncode == 3
    assert "target 'sound' ran out of memory" in short.stderr
    assert "its limit of 4 MiB; 1 of its processes was ended by the kernel" in short.stderr


def cells_of_the_latest(program: "Program") -> dict[str, dict[str, object]]:
    summary = json.loads((program.results / "latest" / "summary.json").read_text())
    return {cell["target"]: cell for cell in summary["cells"]}


def test_a_run_beside_a_burner_is_refused_as_noisy_and_says_who_it_was(program: "Program") -> None:
    burner = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    try:
        done = program("run", "users.yaml", "--set", "load.duration=2s")
    finally:
        burner.kill()
        burner.wait()

    assert done.returncode == 5, done.stderr
    cell = cells_of_the_latest(program)["sound"]
    assert (cell["outcome"], cell["verdict"], cell["disturbed_blocks"]) == ("ok", "noisy", 1)
    reasons = cell["reasons"]
    assert isinstance(reasons, dict)
    assert "foreign CPU in sound-c2" in reasons["disturbed"]
    assert "python" in reasons["disturbed"]


def test_a_target_that_replaces_its_workers_is_named_and_unstable(program: "Program") -> None:
    done = program("run", "users.yaml", "--target", "recycles", "--set", "load.duration=2s")

    assert done.returncode in MEASURED, done.stderr
    (trial,) = map(json.loads, (program.results / "latest" / "trials.jsonl").read_text().splitlines())
    (kept,) = [gate for gate in trial["gates"] if gate["name"] == "processes kept"]
    assert not kept["passed"]
    assert "ended" in kept["seen"]
    assert cells_of_the_latest(program)["recycles"]["verdict"] in ("unstable", "noisy")
