"""Fixtures for a plugin author's tests: the plugin's own targets, built, and served on a fresh real database.

A test that asks for ``served`` or ``built`` runs once for every target of the ``target.toml`` nearest to it:
beside the tests' folder, or in a package below ``src/``. One that asks for ``offering`` runs once for every data set
of each target. A plugin that is a Python package must be installed; a folder with a ``target.toml`` need not be.
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, NoReturn

import pytest

from fwcompare.errors import HostError
from fwcompare.model.quantities import Scalar
from fwcompare.model.target import Target
from fwcompare.model.workload import Dataset, Workload
from fwcompare.plugins import Registry, Selection, discover
from fwcompare.runtimes.environments import build_environment, resolve
from fwcompare.session.alone import alone, chosen_workload
from fwcompare.session.assemble import kept_processes
from fwcompare.session.world import StopSignal

# A test has no need to wait, or to work, as long as a measurement.
_SHORTER: Final = {"SLEEP_SECONDS": 0.05, "DB_UNITS": 2}

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
    """A running target: its base URL without a trailing slash, and the URL of its database, if it has one.

    ``workloads`` are those that can be asked for on these data.
    """

    target: Target
    url: str
    database_url: str | None
    workloads: tuple[Workload, ...]
    parameters: Mapping[str, Scalar]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Repeat a test for every target of its plugin; for every data set of it, where it asks for ``offering``."""
    for fixture in ("served", "built"):
        if fixture in metafunc.fixturenames:
            names = [target.name for target in _targets_near(metafunc.definition.path)]
            metafunc.parametrize(fixture, names, indirect=True, scope="module")
    if "offering" in metafunc.fixturenames:
        chosen = [
            pytest.param((target.name, workloads), id=f"{target.name}-{workloads[0].name}")
            for target in _targets_near(metafunc.definition.path)
            for workloads in _by_data_set(_registry(metafunc.definition.path), target)
        ]
        metafunc.parametrize("offering", chosen, indirect=True, scope="module")


@pytest.fixture(scope="module")
def built(request: pytest.FixtureRequest) -> Built:
    """A target's environment, made or found made, with nothing started."""
    target = _registry(request.path).targets.get(request.param)
    with kept_processes() as processes:
        try:
            environment = build_environment(target, processes, print)
        except HostError as error:
            _skip_outside_ci(error)
    return Built(
        target=target,
        argv=tuple(resolve(word, environment.folder) for word in target.start),
        cwd=target.app,
        env={name: resolve(value, environment.folder) for name, value in target.env.items()},
    )


@pytest.fixture(scope="module")
def served(request: pytest.FixtureRequest) -> Iterator[Served]:
    """A target that runs on the data of its first workload, and has become ready."""
    found = _registry(request.path)
    target = found.targets.get(request.param)
    yield from _serve(found, target, (found.workloads.get(chosen_workload(found, target, None)),))


@pytest.fixture(scope="module")
def offering(request: pytest.FixtureRequest) -> Iterator[Served]:
    """A target that runs on one of its data sets, with all the workloads that need no other."""
    name, workloads = request.param
    found = _registry(request.path)
    yield from _serve(found, found.targets.get(name), workloads)


def _serve(found: Registry, target: Target, workloads: tuple[Workload, ...]) -> Iterator[Served]:
    shorter = [f"{name}={value}" for name, value in _SHORTER.items() if name in target.parameters]
    try:
        with alone(found, target.name, workloads[0].name, parameters=shorter, say=print, stop=StopSignal()) as up:
            yield Served(
                target,
                up.running.url,
                up.variables.get("DATABASE_URL"),
                workloads,
                dict(up.cell.parameters),
            )
    except HostError as error:
        _skip_outside_ci(error)


def _skip_outside_ci(error: HostError) -> NoReturn:
    """What a machine lacks is told as the reason of a skip; in CI, where everything is installed, it is a failure."""
    if os.environ.get("CI"):
        raise error
    pytest.skip(str(error))


def _by_data_set(found: Registry, target: Target) -> list[tuple[Workload, ...]]:
    groups: dict[Dataset | None, list[Workload]] = {}
    for workload in found.workloads.usable().values():
        if workload.name in target.workloads:
            groups.setdefault(workload.dataset, []).append(workload)
    return [tuple(group) for group in groups.values()]


@cache
def _registry(test: Path) -> Registry:
    """Give what is installed and, where the target beside a test is not, its folder as a plugin of its own."""
    installed = discover()
    known = {target.file for target in installed.targets.usable().values()}
    beside = {target.file.parent for target in _targets_near(test) if target.file not in known}
    return discover(selection=Selection(folders=tuple(sorted(beside)))) if beside else installed


@cache
def _targets_near(test: Path) -> tuple[Target, ...]:
    for folder in test.parents:
        files = [*folder.glob("target.toml"), *folder.glob("src/*/target.toml")]
        if files:
            return tuple(target for file in sorted(files) for target in Target.from_file(file))
    raise pytest.UsageError(f"{test}: no target.toml above it, so that there is nothing to serve")
