"""What a run records of itself, and what it must not."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from fwcompare.model.plan import Cell, LoadPoint
from fwcompare.model.ports import Environment, ServiceFacts
from fwcompare.session.assemble import provenance_of
from fwcompare.session.provenance import Provenance, without_secrets
from fwcompare.testing.fakes import Behaviour, fake_target

if TYPE_CHECKING:
    from core.tests.session.conftest import Play

CELL = Cell("a", "echo", (), (), LoadPoint(1, 1, None, 0, 1, 1, keepalive=True))
URL = "postgresql://bench:hunter2@127.0.0.1:5432/users"


def provenance(command: str = "fwcompare run play") -> Provenance:
    return Provenance("1", "3.11", command, {}, {"a": fake_target("a")}, {"a": "d1"}, "now")


@pytest.mark.parametrize(
    ("name", "hidden"),
    [
        ("password", True),
        ("DB_PASSWORD", True),
        ("primary_conninfo", True),
        ("api_key", True),
        ("auth.token", True),
        ("secret", True),
        ("password_encryption", False),
        ("innodb_ft_max_token_size", False),
        ("bypass", False),
        ("shared_buffers", False),
    ],
)
def test_what_is_named_a_secret_is_hidden_and_what_only_speaks_of_one_is_not(name: str, *, hidden: bool) -> None:
    assert without_secrets({name: "hunter2"}) == {name: "***" if hidden else "hunter2"}
    assert without_secrets({"deep": [{name: "hunter2"}]}) == {"deep": [{name: "***" if hidden else "hunter2"}]}


def test_a_switch_and_a_number_are_no_secrets() -> None:
    said = {"password": True, "token": 4, "secret": None, "credentials": ""}
    assert without_secrets(said) == said


def test_no_password_of_a_url_is_recorded_wherever_it_stands() -> None:
    made = provenance(f"fwcompare run play --set services.postgresql={URL}")
    made.service("postgresql", ServiceFacts("PostgreSQL", "18", "url", {"primary_conninfo": "password=hunter2"}))
    made.facts(CELL, {"database": URL, "pools": [{"url": URL}]})
    text = json.dumps(made.record())
    assert "hunter2" not in text
    assert text.count("postgresql://bench:***@") == 3


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("host=db password=hunter2 user=u", "host=db password=*** user=u"),
        ("https://h/p?api_key=hunter2&size=5", "https://h/p?api_key=***&size=5"),
        (
            "run x --set parameters.DB_PASSWORD=hunter2 --repeats 5",
            "run x --set parameters.DB_PASSWORD=*** --repeats 5",
        ),
        ("run x --set load.duration=3s", "run x --set load.duration=3s"),
        ("innodb_ft_max_token_size=84 bypass=1", "innodb_ft_max_token_size=84 bypass=1"),
    ],
)
def test_a_secret_that_is_given_within_a_text_is_hidden_alone(text: str, shown: str) -> None:
    assert without_secrets({"setting": text}) == {"setting": shown}
    assert provenance(text).record()["command"] == shown


def test_a_target_is_recorded_with_how_it_is_built_and_what_it_says() -> None:
    made = provenance()
    made.facts(CELL, {"language": {"name": "rust", "version": "1.80"}, "debug": False})
    targets = made.record()["targets"]
    assert isinstance(targets, dict)
    assert targets["a"]["digest"] == "d1"
    assert targets["a"]["build"] == ["true"]
    assert targets["a"]["facts"] == {"language": {"name": "rust", "version": "1.80"}, "debug": False}


def test_what_one_says_that_was_built_with_arguments_stands_beside_its_image() -> None:
    made = provenance()
    for version in ("3.12", "3.13"):
        cell = replace(CELL, runtime="docker", arguments=(("PYTHON_VERSION", version),))
        made.environment("a", cell.how_built, Environment(Path("/env"), "d", {"image": f"a:{version}"}))
        made.facts(cell, {"language": {"version": f"{version}.1"}, "database": URL})
    made.facts(CELL, {"language": {"version": "3.11.2"}})
    targets = made.record()["targets"]
    assert isinstance(targets, dict)
    assert targets["a"]["facts"] == {"language": {"version": "3.11.2"}}
    assert targets["a"]["docker, PYTHON_VERSION=3.12"] == {
        "image": "a:3.12",
        "facts": {"language": {"version": "3.12.1"}, "database": URL.replace("hunter2", "***")},
    }
    assert targets["a"]["docker, PYTHON_VERSION=3.13"]["image"] == "a:3.13"


def test_the_real_record_holds_what_the_method_asks_for(
    play: Callable[..., "Play"], monkeypatch: pytest.MonkeyPatch
) -> None:
    game = play(only=Behaviour())
    monkeypatch.setattr("fwcompare.session.assemble.target_digest", lambda _target: "d1")
    monkeypatch.setenv("FWCOMPARE_SOMETHING", "hunter2")
    record = provenance_of(game.world, "fwcompare run play").record()
    text = json.dumps(record)
    assert "hunter2" not in text, "environment variables are not recorded"
    stored = json.loads(text)
    assert stored["load_generator"]["profile"] in ("release", "debug")
    assert stored["load_generator"]["version"]
    assert set(stored["source"]) == {"commit", "dirty", "digest"}
    for name in ("cpu_model", "cores", "smt", "governor", "hypervisor", "kernel", "clock_source", "cgroup", "cpuset"):
        assert name in stored["host"]
    for name in ("memory_mib", "open_files", "sysctls", "transparent_hugepages", "id"):
        assert name in stored["host"]
