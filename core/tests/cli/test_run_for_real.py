"""`fwcompare run` with real processes, a real database and real load. Each test looks at one side of a run that several
share, or makes a run that could be nobody else's."""

import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from fwcompare.runtimes.cgroups import find_grounds

if TYPE_CHECKING:
    from core.tests.cli.conftest import Program

pytestmark = [pytest.mark.real, pytest.mark.measures]

MEASURED = (0, 5)
"""5: others used the CPUs in every block, which is the host's affair and told; the trials are there all the same."""


@dataclass(frozen=True)
class Run:
    """A run that ended: what the program said, its directory, and what was left of it."""

    done: subprocess.CompletedProcess[str]
    folder: Path
    leftovers: list[str]

    @property
    def cells(self) -> Mapping[str, Mapping[str, Any]]:
        """Those of its summary, by target."""
        summary = json.loads((self.folder / "summary.json").read_text(encoding="utf-8"))
        return {cell["target"]: cell for cell in summary["cells"]}

    def trials(self, target: str) -> list[dict[str, Any]]:
        """Give a target's."""
        lines = (self.folder / "trials.jsonl").read_text(encoding="utf-8").splitlines()
        return [trial for trial in map(json.loads, lines) if trial["planned"]["cell"]["target"] == target]


def run(program: "Program", *arguments: str) -> Run:
    done = program("run", "users.yaml", *arguments)
    return Run(done, (program.results / "latest").resolve(), program.leftovers())


@pytest.fixture(scope="module")
def sound(install: "Callable[[], Program]") -> Run:
    """The sound target, audited, and warmed up until it is steady, on a host that nothing is known of."""
    return run(install(), "--set", "audit=true", "--set", "load.warmup={auto: {most: 12s}}")


@pytest.fixture(scope="module")
def mixed(install: "Callable[[], Program]") -> Run:
    """All kinds of targets in two blocks, on a host that is known."""
    program = install()
    program.know_the_host()
    targets = "targets=[sound, ninety-nine, exits, hangs, recycles]"
    return run(program, "--set", targets, "--repeats", "2")


def test_failing_targets_are_named_and_the_sound_one_is_measured(mixed: Run) -> None:
    assert mixed.done.returncode == 3, mixed.done.stderr

    cells = mixed.cells
    assert {name: cell["outcome"] for name, cell in cells.items()} == {
        "sound": "ok",
        "ninety-nine": "failed",
        "exits": "failed",
        "hangs": "failed",
        "recycles": "ok",
    }
    assert {name: len(mixed.trials(name)) for name in cells} == dict.fromkeys(cells, 2)
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
        assert said in mixed.done.stderr
    for block in ("1", "2"):
        place = mixed.folder / "trials" / cells["sound"]["key"] / block
        assert "read_users" in (place / "profile.folded").read_text()
        assert "read_users" in (place / "flamegraph.svg").read_text()
        assert (place / "service.hdr").stat().st_size > 0
    assert mixed.leftovers == []


def test_a_target_that_replaces_its_workers_is_named_and_unstable(mixed: Run) -> None:
    for trial in mixed.trials("recycles"):
        (kept,) = [gate for gate in trial["gates"] if gate["name"] == "processes kept"]
        assert not kept["passed"]
        assert "ended" in kept["seen"]
    assert mixed.cells["recycles"]["verdict"] in ("unstable", "noisy")


def test_a_real_target_is_warmed_up_until_it_is_steady_and_judged_by_the_canary_and_the_clients_ceiling(
    sound: Run,
) -> None:
    assert sound.done.returncode in MEASURED, sound.done.stderr
    assert "measuring what the load generator reaches on this host" in sound.done.stderr
    (trial,) = sound.trials("sound")
    gates = {gate["name"]: gate for gate in trial["gates"]}
    assert {"canary", "warm-up", "client ceiling"} <= gates.keys()
    assert gates["canary"]["about"] == "host"
    assert gates["client ceiling"]["passed"]
    # Whether this host lets it be steady is not for a test to say; that it is told is.
    assert gates["warm-up"]["seen"].startswith(("steady after", "not steady after 1"))
    assert 5.5 <= trial["warmup_s"] <= 13.5
    report = (sound.folder / "report.md").read_text()
    assert "warm-up: until steady, 5s to 12s" in report
    assert "req/s against a null server, measured 2" in report
    assert sound.leftovers == []


def test_a_run_holds_the_work_to_the_contract_first_and_keeps_the_sql(sound: Run) -> None:
    assert sound.done.returncode in MEASURED, sound.done.stderr
    cell = sound.cells["sound"]
    assert (cell["target"], cell["parity"]) == ("sound", "same work")
    assert "NON-COMPARABLE" not in sound.done.stderr
    sql = 'SELECT user_id, username, email FROM "user" ORDER BY user_id LIMIT ?;\n'
    assert (sound.folder / "parity" / "sound" / "request.sql").read_text() == sql


def test_limits_hold_in_a_run_and_a_quiet_one_says_nothing_but_its_table(program: "Program") -> None:
    missing = find_grounds().missing
    if missing:
        pytest.skip(f"host unfit: {'; '.join(missing.values())}")
    within = run(program, "--set", "limits={cpus: 0.5, memory: 512MiB}", "--quiet")
    assert within.done.returncode in MEASURED, within.done.stderr
    # Of a target that does what it should there is nothing to warn of; of a busy host there may be.
    assert [line for line in within.done.stderr.splitlines() if not line.startswith("warning: ")] == []
    assert "sound" in within.done.stdout
    (trial,) = within.trials("sound")
    assert (trial["limits"]["quota_cpus"], trial["limits"]["memory_bytes"]) == (0.5, 2**29)
    assert trial["limits"]["words"].startswith("0.5 CPU by quota")
    assert trial["limits"]["missing"] == ""
    environment = json.loads((within.folder / "run.json").read_text())["environment"]
    assert environment["limits"].endswith("asked for each target: 0.5 CPU by quota, 512 MiB")
    assert "priority" in environment["client"]
    assert environment["placement"]["target"] == trial["limits"]["cpus"]
    assert "limits held: 0.5 CPU by quota" in (within.folder / "report.md").read_text()
    assert within.leftovers == []


def test_a_run_beside_a_burner_is_refused_as_noisy_and_says_who_it_was(program: "Program") -> None:
    burner = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    try:
        beside = run(program, "--set", "load.duration=2s")
    finally:
        burner.kill()
        burner.wait()

    assert beside.done.returncode == 5, beside.done.stderr
    cell = beside.cells["sound"]
    assert (cell["outcome"], cell["verdict"], cell["disturbed_blocks"]) == ("ok", "noisy", 1)
    reasons = cell["reasons"]
    assert "foreign CPU in sound-c2" in reasons["disturbed"]
    assert "python" in reasons["disturbed"]
