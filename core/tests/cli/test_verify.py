"""`fwcompare verify`: what it refuses, and what it says as JSON and as text of targets that really run."""

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from core.tests.cli.conftest import Program


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (
            (),
            "error: nothing to verify\n  no target\n  expected: a target, or --all\n  next: fwcompare targets    lists",
        ),
        (
            ("sound", "exits", "--all"),
            "error: --all stands beside names of targets\n  sound, exits\n  expected: a target, or --all\n  next: ",
        ),
        (("soud",), "did you mean 'sound'?"),
        (("sound", "sound"), "target 'sound' is listed twice; expected each target once"),
        (("--all", "--workload", "usres"), "workload 'usres' does not exist"),
        (("--all", "--workload", "usres"), "did you mean 'users'?"),
        (("sound", "--workload", "sleep-sync"), "target 'sound' offers no workload 'sleep-sync'"),
        (("sound", "--set", "WORKRES=2"), "parameter WORKRES is understood by no target"),
        (("odd",), "target 'odd' offers no workload that is known"),
    ],
)
def test_wrong_usage_exits_2_and_starts_nothing(arguments: tuple[str, ...], expected: str, program: "Program") -> None:
    targets = program.folder / "plugins" / "misfits" / "target.toml"
    odd = targets.read_text().partition("[[targets]]")[2].partition("[[targets]]")[0]
    odd = odd.replace('"sound"', '"odd"', 1).replace("users =", "nobodys =")
    targets.write_text(f"{targets.read_text()}\n[[targets]]{odd}", encoding="utf-8")

    done = program("verify", *arguments)

    assert (done.returncode, done.stdout) == (2, "")
    assert expected in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.real
def test_json_holds_the_state_the_audit_and_the_sql_of_each_and_nothing_else(program: "Program") -> None:
    done = program("verify", "remembers", "ninety-nine", "--workload", "users", "--json")

    assert done.returncode == 3
    right, wrong = json.loads(done.stdout)
    assert right.keys() == wrong.keys() == {"target", "workload", "state", "audit", "sql", "reason"}
    # It answers rightly and never asks the database again.
    assert (right["target"], right["workload"], right["state"]) == ("remembers", "users", "non-comparable")
    assert (right["audit"]["requests"], right["audit"]["statements"], right["sql"]) == (1000, {}, "")
    told = {finding["measure"]: finding for finding in right["audit"]["findings"]}
    assert told["SELECT statements"] == {
        "measure": "SELECT statements",
        "expected": "1",
        "seen": "0",
        "unit": "per request",
        "state": "undeclared",
        "reason": "",
    }
    assert told["answer without its tables"]["seen"] == "status 200"
    assert told["answers 2xx"]["state"] == "as agreed"
    assert (wrong["target"], wrong["state"], wrong["audit"]) == ("ninety-nine", "failed", None)
    assert "body: 99 elements, expected 100" in wrong["reason"]
    assert "remembers: users: NON-COMPARABLE" in done.stderr
    assert program.leftovers() == []


@pytest.mark.real
def test_a_table_shows_every_target_and_the_sentences_below_say_what_is_wrong(program: "Program") -> None:
    done = program("verify", "remembers", "exits")

    assert done.returncode == 3
    states, work, *told = done.stdout.strip().split("\n\n")
    assert [line.split() for line in states.splitlines()] == [
        ["target", "users"],
        ["remembers", "NON-COMPARABLE"],
        ["exits", "FAILED"],
    ]
    heading, row = work.splitlines()
    # The columns of statements that it never sends again are all 0, and left out.
    assert heading.split() == ["work", "of", "a", "request", "conn.", "bytes", "proc.", "thr.", "parity"]
    assert (row.split()[:2], row.split()[-1]) == (["remembers", "1"], "non-comparable")
    assert "remembers: SELECT statements: 0, expected 1 per request" in told[0].splitlines()
    assert told[-1].startswith("exits users: target 'exits' exited at start\n  exit code 1")
