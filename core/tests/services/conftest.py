"""What the tests of real services share."""

from collections.abc import Iterator

import pytest

from fwcompare.runtimes.processes import KeptProcesses


@pytest.fixture(scope="module")
def processes() -> Iterator[KeptProcesses]:
    with KeptProcesses() as kept:
        yield kept
