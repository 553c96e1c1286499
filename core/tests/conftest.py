"""Fixtures of every room's tests."""

import os

import pytest
from hypothesis import settings

from fwcompare.services.mysql import INSTALL, find_binaries

# A property holds or it does not; how fast this machine is has no say in it.
settings.register_profile("any machine", deadline=None)
settings.load_profile("any machine")


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


def pytest_report_header() -> str:
    """Say on how much machine the tests ran."""
    return f"fwcompare: {os.cpu_count()} CPUs"
