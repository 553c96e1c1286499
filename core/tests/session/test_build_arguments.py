"""Whole runs in which the same target is built with several values of a build argument."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from fwcompare.errors import HostError, PluginError
from fwcompare.model.ports import BuildsWithArguments, Environment, Processes, Progress
from fwcompare.model.target import Target
from fwcompare.reporting.csv_table import CsvReporter
from fwcompare.reporting.league import labels
from fwcompare.reporting.work import differing_facts
from fwcompare.runtimes.docker import DockerRuntime
from fwcompare.runtimes.process import ProcessRuntime
from fwcompare.store.run_directory import find_run
from fwcompare.testing.fakes import Behaviour, FakeRunning, FakeRuntime, fake_target

if TYPE_CHECKING:
    from core.tests.session.conftest import Play

Make = Callable[..., "Play"]
VERSIONS = {"PYTHON_VERSION": ["3.11", "3.12"]}
PYTHON = {
    "inputs": ("x",),
    "commands": (("true",),),
    "arguments": {"PYTHON_VERSION": {"default": "3.11", "fact": "language.version"}},
}


@dataclass
class Images(FakeRuntime):
    """Builds an image for each Python version; ``lacks`` are those that it has no base image of."""

    name: str = "docker"
    builds_with_arguments: Final = True
    obeys: bool = True
    lacks: tuple[str, ...] = ()
    content: Mapping[str, str] = field(default_factory=dict)

    def build(self, target: Target, processes: Processes, progress: Progress) -> Environment:
        version = target.arguments.get("PYTHON_VERSION", "3.11")
        self.machine.events.append(f"build {target.name} {version}")
        if version in self.lacks:
            raise HostError(f"no base image of Python {version}")
        return Environment(Path("/env"), f"digest {version}{self.content.get(version, '')}", {"image": version})

    def start(self, target: Target, environment: Environment, *arguments: object, **options: object) -> FakeRunning:
        version = environment.facts["image"] if self.obeys else "3.11"
        facts = {"language": {"name": "CPython", "version": f"{version}.7"}}
        self.machine.behaviours[target.name] = Behaviour(facts=facts)
        return super().start(target, environment, *arguments, **options)  # type: ignore[arg-type]


def of_python(play: Make, **images: object) -> "Play":
    game = play(a=Behaviour())
    game.change(
        targets={"a": fake_target("a", build=PYTHON)},
        runtimes={"process": FakeRuntime(game.machine), "docker": Images(game.machine, **images)},  # type: ignore[arg-type]
    )
    return game


def test_docker_hands_build_arguments_over_and_a_plain_process_has_none_to_hand_over() -> None:
    assert isinstance(DockerRuntime(), BuildsWithArguments)
    assert not isinstance(ProcessRuntime(), BuildsWithArguments)


def test_two_values_are_two_images_that_are_compared_as_any_two_cells(play: Make) -> None:
    game = of_python(play)
    finished = game.run(runtime="docker", matrix=VERSIONS, repeats=3, audit=True)
    assert finished.exit_code == 0
    assert [event for event in game.machine.events if event.startswith("build")] == ["build a 3.11", "build a 3.12"]
    report = finished.report
    assert [{pair.a, pair.b} for pair in report.summary.pairs if pair.metric == "throughput_rps"] == [
        {"a-python_version3.11-c10", "a-python_version3.12-c10"}
    ]
    assert sorted(labels(report.plan).values()) == ["a PYTHON_VERSION=3.11", "a PYTHON_VERSION=3.12"]
    assert [cell.params["PYTHON_VERSION"] for cell in report.summary.cells] == ["3.11", "3.12"]


def test_the_work_of_each_image_is_held_to_the_contract_and_its_version_to_what_was_asked_for(play: Make) -> None:
    report = of_python(play).run(runtime="docker", matrix=VERSIONS, repeats=1, audit=True).report
    assert [(audit.name, dict(audit.arguments), audit.state) for audit in report.audits] == [
        ("a-python_version3.11", {"PYTHON_VERSION": "3.11"}, "same work"),
        ("a-python_version3.12", {"PYTHON_VERSION": "3.12"}, "same work"),
    ]
    assert {cell.key: cell.parity for cell in report.summary.cells} == {
        "a-python_version3.11-c10": "same work",
        "a-python_version3.12-c10": "same work",
    }
    header, *rows = differing_facts(report)
    told = {row[0]: dict(zip(header[1:], row[1:], strict=True)) for row in rows}
    assert "3.12.7" in told["a PYTHON_VERSION=3.12"]["language"]


def test_an_image_that_did_not_obey_is_non_comparable(play: Make) -> None:
    report = of_python(play, obeys=False).run(runtime="docker", matrix=VERSIONS, repeats=1, audit=True).report
    assert {cell.key: cell.parity for cell in report.summary.cells} == {
        "a-python_version3.11-c10": "same work",
        "a-python_version3.12-c10": "non-comparable",
    }
    (problem,) = report.audits[1].problems
    assert (problem.measure, problem.expected, problem.seen) == ("PYTHON_VERSION", "3.12", "3.11.7")


def test_every_image_is_recorded_with_what_it_says_of_itself(play: Make) -> None:
    game = of_python(play)
    game.run(runtime="docker", matrix=VERSIONS, repeats=1)
    recorded = find_run(game.results, "latest").read_run()
    targets = recorded.environment["targets"]
    assert isinstance(targets, dict)
    for version in ("3.11", "3.12"):
        known = targets["a"][f"docker, PYTHON_VERSION={version}"]
        assert (known["image"], known["facts"]["language"]["version"]) == (version, f"{version}.7")
    assert recorded.keys is not None
    assert recorded.keys.environments == {
        "a (docker, PYTHON_VERSION=3.11)": "digest 3.11",
        "a (docker, PYTHON_VERSION=3.12)": "digest 3.12",
    }


def test_a_plain_process_stays_visible_as_unsupported(play: Make) -> None:
    report = of_python(play).run(runtime=["process", "docker"], matrix=VERSIONS, repeats=1).report
    assert {cell.key: cell.outcome for cell in report.summary.cells} == {
        "a-docker-python_version3.11-c10": "ok",
        "a-docker-python_version3.12-c10": "ok",
        "a-process-python_version3.11-c10": "unsupported",
        "a-process-python_version3.12-c10": "unsupported",
    }
    reason = report.summary.cells[-1].reasons["outcome"]
    assert reason == "PYTHON_VERSION is an argument of a's Dockerfile, and runtime process builds without one"


def test_an_image_that_cannot_be_built_leaves_the_others(play: Make) -> None:
    report = of_python(play, lacks=("3.12",)).run(runtime="docker", matrix=VERSIONS, repeats=1).report
    assert {cell.key: cell.outcome for cell in report.summary.cells} == {
        "a-python_version3.11-c10": "ok",
        "a-python_version3.12-c10": "failed",
    }


def test_every_row_of_the_table_of_trials_has_the_value(play: Make, tmp_path: Path) -> None:
    report = of_python(play).run(runtime="docker", matrix=VERSIONS, repeats=2).report
    (path,) = CsvReporter().write(report)
    header, *rows = [line.split(",") for line in path.read_text().splitlines()]
    place, cell = header.index("param_PYTHON_VERSION"), header.index("cell")
    assert {(row[cell], row[place]) for row in rows} == {
        ("a-python_version3.11-c10", "3.11"),
        ("a-python_version3.12-c10", "3.12"),
    }


def test_a_run_is_resumed_with_the_same_images_and_refused_with_others(play: Make) -> None:
    game = of_python(play)
    game.run(runtime="docker", matrix=VERSIONS, repeats=1)
    lines = (find_run(game.results, "latest").folder / "trials.jsonl").read_bytes().splitlines(keepends=True)
    (find_run(game.results, "latest").folder / "trials.jsonl").write_bytes(lines[0])
    cells = game.resume().report.summary.cells
    assert [(cell.outcome, cell.trials) for cell in cells] == [("ok", 1), ("ok", 1)]
    (find_run(game.results, "latest").folder / "trials.jsonl").write_bytes(lines[0])
    images = Images(game.machine, content={"3.12": " of another lock"})
    game.change(runtimes={**game.world.runtimes, "docker": images})
    with pytest.raises(PluginError, match=r"'a \(docker, PYTHON_VERSION=3.12\)' is no longer what was measured"):
        game.resume()
