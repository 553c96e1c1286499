"""`fwcompare run --resume` as a user gives it."""

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from core.tests.cli.conftest import Program


@pytest.mark.real
def test_a_run_that_was_killed_goes_on_where_it_was_and_is_then_finished(program: "Program") -> None:
    running = program.start("run", "users.yaml", "--repeats", "3", "--set", "targets=[sound, ninety-nine]")
    latest = program.results / "latest"

    def in_the_second_block() -> bool:
        trials = latest / "trials.jsonl"
        return (
            trials.exists()
            and trials.read_text().count("\n") >= 2
            and any("serve.py sound" in line for line in program.leftovers())
        )

    assert program.wait_until(in_the_second_block)
    running.kill()
    running.communicate()
    told = program("report")
    assert (told.returncode, "runs what is missing" in told.stderr) == (0, True)
    with (latest / "trials.jsonl").open("ab") as lines:
        lines.write(b'{"planned": {"cell')  # as a power cut leaves it

    resumed = program("run", "--resume", "latest")

    assert resumed.returncode == 3, resumed.stderr  # ninety-nine is as wrong as ever
    assert "trials.jsonl: a torn last line of 18 bytes was cut off" in resumed.stderr
    record = json.loads((latest / "run.json").read_text())
    assert record["status"] == "complete"
    assert [session["finished"] is None for session in record["environment"]["sessions"]] == [True, False]
    rows = [json.loads(line) for line in (latest / "trials.jsonl").read_text().splitlines()]
    whole = {
        (row["planned"]["block"], row["planned"]["attempt"])
        for row in rows
        if {
            other["planned"]["cell"]["target"]
            for other in rows
            if (other["planned"]["block"], other["planned"]["attempt"])
            == (row["planned"]["block"], row["planned"]["attempt"])
        }
        == {"sound", "ninety-nine"}
    }
    assert {block for block, _ in whole} == {1, 2, 3}
    summary = json.loads((latest / "summary.json").read_text())
    cells = {cell["target"]: cell for cell in summary["cells"]}
    # A block that this machine disturbed does not count, unless it disturbed them all; that is no fault of the run's.
    disturbed = cells["sound"]["disturbed_blocks"]
    assert cells["sound"]["trials"] == (3 if disturbed == 3 else 3 - disturbed)
    assert cells["ninety-nine"]["outcome"] == "failed"
    assert program.leftovers() == []

    again = program("run", "--resume", record["run"])
    assert (again.returncode, again.stdout) == (0, "")
    assert f"run {record['run']} is finished: nothing is missing" in again.stderr


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("--resume", "2001"), "run '2001' does not exist"),
        (("users.yaml", "--resume", "latest"), "expected no SCENARIO"),
        (("--resume", "latest", "--repeats", "3"), "expected no SCENARIO and no option of one"),
        (("--resume", "latest", "--dry-run"), "expected no SCENARIO and no option of one"),
    ],
)
def test_resume_takes_everything_from_the_run(arguments: tuple[str, ...], expected: str, program: "Program") -> None:
    done = program("run", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert expected in done.stderr


def test_only_the_url_of_a_service_may_be_given_beside_resume(program: "Program") -> None:
    run = program.results / "2026-11-20-misfits-1a2b"
    run.mkdir(parents=True)
    (run / "run.json").write_text("{}", encoding="utf-8")
    done = program("run", "--resume", "1a2b", "--set", "load.duration=3s")
    assert done.returncode == 2
    assert "--set load.duration beside --resume; expected services.NAME=URL" in done.stderr
    assert "run 2026-11-20-misfits-1a2b cannot be read" in program("run", "--resume", "1a2b").stderr


def test_a_plan_shows_the_least_and_the_most_of_repeats_by_width_and_a_number_replaces_them(
    program: "Program",
) -> None:
    by_width = ("plan", "users.yaml", "--set", "seed=5", "--set", "repeats={width: 2%, max: 12}")
    assert (
        "10 to 12 trials in 10 to 12 randomised blocks, until every interval is within 2 % of its ratio, seed 5"
        in program(*by_width).stdout
    )
    assert "4 trials in 4 randomised blocks, seed 5" in program(*by_width, "--repeats", "4").stdout


@pytest.mark.parametrize(
    ("repeats", "expected"),
    [
        ("{width: 2%, min: 3}", "repeats"),
        ("{width: 2%, min: 20, max: 12}", "max: 12 is less than min: 20"),
        ("{wide: 2%}", "wide"),
    ],
)
def test_repeats_by_width_that_would_not_hold_are_refused(repeats: str, expected: str, program: "Program") -> None:
    done = program("plan", "users.yaml", "--set", f"repeats={repeats}")
    assert done.returncode == 2
    assert expected in done.stderr
