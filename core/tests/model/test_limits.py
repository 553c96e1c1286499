"""Limits in words."""

import pytest

from fwcompare.model.limits import format_cpus, format_limits


@pytest.mark.parametrize(
    ("cpus", "words"),
    [((1,), "CPU 1"), ((0, 1), "CPUs 0-1"), ((5, 0, 2, 4, 3), "CPUs 0, 2-5"), ((0, 2), "CPUs 0, 2")],
)
def test_cpus_are_named_in_runs(cpus: tuple[int, ...], words: str) -> None:
    assert format_cpus(cpus) == words


@pytest.mark.parametrize(
    ("quota", "cpus", "memory", "words"),
    [
        (1.0, (1,), 512 * 2**20, "1 CPU by quota, on CPU 1, 512 MiB"),
        (2.5, (), None, "2.5 CPUs by quota"),
        (None, (1,), None, "affinity only: on CPU 1"),
        (None, (1,), 2**30, "on CPU 1, 1024 MiB"),
        (None, (), None, "none"),
    ],
)
def test_what_holds_is_told_in_words(
    quota: float | None, cpus: tuple[int, ...], memory: int | None, words: str
) -> None:
    assert format_limits(quota, cpus, memory) == words
