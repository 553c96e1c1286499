"""Fixtures of every room's tests."""

import os

import pytest


@pytest.fixture(autouse=True)
def _plain_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Output must not depend on who runs the tests, or how wide their terminal is."""
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "dumb")


def pytest_report_header() -> str:
    """Say on how much machine the tests ran."""
    return f"fwcompare: {os.cpu_count()} CPUs"
