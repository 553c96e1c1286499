"""Fixtures for a plugin author's tests: the plugin's own targets, built, and served on a fresh real database.

A test that asks for ``served`` or ``built`` runs once for every target of the ``target.toml`` nearest to it:
beside the tests' folder, or in a package below ``src/``. One that asks for ``offering`` runs once for every data set
of each target, and is told what the parity audit found on these data. A plugin that is a Python package must be
installed; a folder with a ``target.toml`` need not be.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Final, NoReturn

import pytest

from fwcompare.errors import HostError
from fwcompare.model.quantities import Scalar
from fwcompare.model.target import Target
from fwcompare.model.workload import AuditSize, Dataset, Work, Workload
from fwcompare.plugins import BUILTIN, Registry, Selection, discover
from fwcompare.runtimes.environments import build_environment, resolve
from fwcompare.runtimes.process import PASSED_ON
from fwcompare.session.alone import Prepared, chosen_workload, prepared, standing
from fwcompare.session.assemble import kept_processes
from fwcompare.session.verify import Verified, verify_one
from fwcompare.session.world import StopSignal

# A test has no need to wait, or to work, as long as a measurement.
_SHORTER: Final = {"SLEEP_SECONDS": 0.05, "DB_UNITS": 2}
_AUDIT: Final = AuditSize(alone=20, together=60, clients=20)
"""Small, since a statement too many is one in every request; of many at a time, since pools are looked at."""

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

    ``workloads`` are those that can be asked for on these data; ``verified`` is what the parity audit said of each that
    has work to count, before this start, for an ``offering``. ``built`` starts another one.
    """

    target: Target
    built: Built
    url: str
    database_url: str | None
    workloads: tuple[Workload, ...]
    verified: tuple[Verified, ...]
    parameters: Mapping[str, Scalar]


def pytest_configure(config: pytest.Config) -> None:
    """Make the suite's mark known, so that an author need not."""
    config.addinivalue_line("markers", "real: starts real processes, such as a database and a target")


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
            skip_outside_ci(error)
    return _built(target, environment.folder)


@pytest.fixture(scope="module")
def served(request: pytest.FixtureRequest) -> Iterator[Served]:
    """A target that runs on the data of its first workload, and has become ready."""
    found = _registry(request.path)
    target = found.targets.get(request.param)
    workload = found.workloads.get(chosen_workload(found, target, None))
    yield from _serve(found, target, (workload,), audited=())


@pytest.fixture(scope="module")
def offering(request: pytest.FixtureRequest) -> Iterator[Served]:
    """A target that was audited on one of its data sets and runs on it, with all the workloads that need no other."""
    name, workloads = request.param
    found = _registry(request.path)
    target = found.targets.get(name)
    counted = [workload for workload in workloads if workload.work({**target.parameters, **_SHORTER}) != Work()]
    yield from _serve(found, target, workloads, audited=counted)


def _serve(
    found: Registry, target: Target, workloads: tuple[Workload, ...], *, audited: Sequence[Workload]
) -> Iterator[Served]:
    shorter = [f"{name}={value}" for name, value in _SHORTER.items() if name in target.parameters]
    names = [workload.name for workload in workloads]
    try:
        with prepared(found, target.name, names, parameters=shorter, say=print, stop=StopSignal()) as ready:
            verified = tuple(_verify(ready, workload) for workload in audited)
            with standing(ready) as up:
                yield Served(
                    target=target,
                    built=_built(target, ready.environment.folder),
                    url=up.running.url,
                    database_url=up.variables.get("DATABASE_URL"),
                    workloads=workloads,
                    verified=verified,
                    parameters=dict(up.cell.parameters),
                )
    except HostError as error:
        skip_outside_ci(error)


def _verify(ready: Prepared, workload: Workload) -> Verified:
    smaller = replace(workload, audit=_AUDIT)
    world = replace(ready.world, workloads={**ready.world.workloads, workload.name: smaller})
    (cell,) = [cell for cell in ready.cells if cell.workload == workload.name]
    verified = verify_one(world, cell, ready.environment, ready.services, ready.logs.folder)
    ready.logs.told(verified.reason)
    return verified


def _built(target: Target, environment: Path) -> Built:
    passed_on = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    return Built(
        target=target,
        argv=tuple(resolve(word, environment) for word in target.start),
        cwd=target.app,
        env={**passed_on, **{name: resolve(value, environment) for name, value in target.env.items()}},
    )


def skip_outside_ci(error: HostError) -> NoReturn:
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
    """Give what is installed; where the targets beside a test are not, their folders in place of what has their names.

    What is tested is what stands there, though an older one may be installed as well.
    """
    installed = discover()
    known = {target.file for target in installed.targets.usable().values()}
    beside = [target for target in _targets_near(test) if target.file not in known]
    if not beside:
        return installed
    names = {target.name for target in beside}
    others = {info.name for info in installed.plugins if names.isdisjoint(info.targets)} - {BUILTIN}
    folders = tuple(sorted({target.file.parent for target in beside}))
    return discover(selection=Selection(only=frozenset(others), folders=folders))


@cache
def _targets_near(test: Path) -> tuple[Target, ...]:
    for folder in test.parents:
        files = [*folder.glob("target.toml"), *folder.glob("src/*/target.toml")]
        if files:
            # A package may link to the file that stands beside its tests.
            return tuple(target for file in sorted({f.resolve() for f in files}) for target in Target.from_file(file))
    raise pytest.UsageError(f"{test}: no target.toml above it, so that there is nothing to serve")
