"""Fixtures for a plugin author's tests: the plugin's own targets, built, and served on a fresh real database.

A test that asks for ``served`` or ``built`` runs once for every target of the ``target.toml`` nearest to it:
beside the tests' folder, or in a package below ``src/``. Both need the plugin to be installed.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from fwcompare.model.target import Target
from fwcompare.plugins import Registry, discover
from fwcompare.runtimes.environments import build_environment, resolve
from fwcompare.session.alone import alone, chosen_workload
from fwcompare.session.assemble import kept_processes
from fwcompare.session.world import StopSignal

# So that a failing check of the suite shows both sides.
pytest.register_assert_rewrite("fwcompare.testing.conformance")


@dataclass(frozen=True)
class Built:
    """A target whose environment is made: what starts it, where, and the variables it always has."""

    target: Target
    argv: tuple[str, ...]
    cwd: Path
    env: Mapping[str, str]


@dataclass(frozen=True)
class Served:
    """A running target: its base URL without a trailing slash, and the URL of its database, if it has one."""

    target: Target
    url: str
    database_url: str | None


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Repeat a test for every target of its plugin."""
    for fixture in ("served", "built"):
        if fixture in metafunc.fixturenames:
            names = [target.name for target in _targets_near(metafunc.definition.path)]
            metafunc.parametrize(fixture, names, indirect=True, scope="module")


@pytest.fixture(scope="module")
def built(request: pytest.FixtureRequest) -> Built:
    """A target's environment, made or found made, with nothing started."""
    target = _registry().targets.get(request.param)
    with kept_processes() as processes:
        environment = build_environment(target, processes, print)
    return Built(
        target=target,
        argv=tuple(resolve(word, environment.folder) for word in target.start),
        cwd=target.app,
        env={name: resolve(value, environment.folder) for name, value in target.env.items()},
    )


@pytest.fixture(scope="module")
def served(request: pytest.FixtureRequest) -> Iterator[Served]:
    """A target that runs on the data of its first workload, and has become ready."""
    found = _registry()
    target = found.targets.get(request.param)
    workload = chosen_workload(found, target, None)
    with alone(found, target.name, workload, say=print, stop=StopSignal()) as up:
        yield Served(target, up.running.url, up.variables.get("DATABASE_URL"))


@cache
def _registry() -> Registry:
    return discover()


@cache
def _targets_near(test: Path) -> tuple[Target, ...]:
    for folder in test.parents:
        files = [*folder.glob("target.toml"), *folder.glob("src/*/target.toml")]
        if files:
            return tuple(target for file in sorted(files) for target in Target.from_file(file))
    raise pytest.UsageError(f"{test}: no target.toml above it, so that there is nothing to serve")
