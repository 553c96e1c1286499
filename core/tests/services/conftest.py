"""What the tests of real services share."""

import os
from collections.abc import Iterator

import pytest

from fwcompare.runtimes.processes import KeptProcesses
from fwcompare.services.mysql import INSTALL, find_binaries


@pytest.fixture(scope="module")
def processes() -> Iterator[KeptProcesses]:
    with KeptProcesses() as kept:
        yield kept


@pytest.fixture(scope="session")
def mysql_binaries() -> None:
    """Skip where there is no server to start; CI installs one, and fails without."""
    if find_binaries() is None:
        missing = f"no mariadbd and no mysqld: {INSTALL}"
        if os.environ.get("CI") == "true":
            pytest.fail(missing)
        pytest.skip(missing)
