"""Fixtures of every room's tests."""

import os

import pytest
from hypothesis import settings

from fwcompare.model.host_check import HostCheck
from fwcompare.services.mysql import INSTALL, find_binaries
from fwcompare.session.known_host import host_file, know_host, real_probe
from fwcompare.session.world import StopSignal

pytest_plugins = ["browsing"]

# A property holds or it does not; how fast this machine is has no say in it.
settings.register_profile("any machine", deadline=None)
settings.load_profile("any machine")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Have the files that take longest come first: of two workers, none shall be left with one at the end."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


@pytest.fixture(autouse=True)
def _plain_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Output must not depend on who runs the tests, or how wide their terminal is."""
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "dumb")


@pytest.fixture(scope="session")
def mysql_binaries() -> None:
    """Skip where there is no server to start; CI installs one, and fails without."""
    if find_binaries() is None:
        missing = f"no mariadbd and no mysqld: {INSTALL}"
        if os.environ.get("CI") == "true":
            pytest.fail(missing)
        pytest.skip(missing)


@pytest.fixture(scope="session")
def fit_host() -> HostCheck:
    """Skip where the host check, the cached one or one made now, finds this host unfit to compare on."""
    file, probe = host_file(), real_probe(StopSignal())
    stale = file.read(probe.clock.now()).check is None
    check = know_host(file, probe, check=stale, say=_unheard, warn=_unheard).check
    assert check is not None
    if not check.fit:
        pytest.skip(f"host unfit: {'; '.join(check.unfit)}")
    return check


def _unheard(_line: str) -> None:
    pass


def pytest_report_header() -> str:
    """Say on how much machine the tests ran."""
    return f"fwcompare: {os.cpu_count()} CPUs"
