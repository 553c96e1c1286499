"""Who gets which CPUs, and what is said of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fwcompare.model.limits import LimitSettings, Placement
from fwcompare.planning.placement import place, placement_in_words


@pytest.mark.parametrize(
    ("count", "quota", "sizes"),
    [
        pytest.param(3, None, (1, 1, 1), id="three CPUs, one each"),
        pytest.param(3, 2.0, (1, 1, 1), id="three CPUs, one each, whatever the quota"),
        pytest.param(4, None, (2, 1, 1), id="half for the target"),
        pytest.param(4, 1.0, (1, 2, 1), id="the quota's CPU for the target, the rest for the service"),
        pytest.param(4, 0.5, (1, 2, 1), id="a part of a CPU is a whole one"),
        pytest.param(4, 16.0, (2, 1, 1), id="one is left for the service and one for the client"),
        pytest.param(8, 2.5, (3, 4, 1), id="two and a half are three"),
        pytest.param(16, None, (8, 6, 2), id="two for the client of sixteen"),
        pytest.param(64, 4.0, (4, 52, 8), id="an eighth for the client"),
    ],
)
def test_cpus_are_shared_out_by_need(count: int, quota: float | None, sizes: tuple[int, int, int]) -> None:
    placed = place(range(count), quota, pin=True)
    assert (len(placed.target), len(placed.service), len(placed.client)) == sizes
    assert placed.shared == ""


@given(
    cpus=st.lists(st.integers(0, 500), min_size=3, max_size=200, unique=True),
    quota=st.none() | st.floats(0.01, 1024),
)
def test_from_three_cpus_on_nobody_shares_and_every_cpu_is_given_out_once(cpus: list[int], quota: float | None) -> None:
    placed = place(cpus, quota, pin=True)
    assert [*placed.client, *placed.service, *placed.target] == cpus
    assert all((placed.target, placed.service, placed.client))


def test_with_two_cpus_the_target_is_alone_and_the_others_share() -> None:
    assert place((4, 5), None, pin=True) == Placement((5,), (4,), (4,), "service and load generator share a CPU")


def test_with_one_cpu_nothing_can_be_kept_apart() -> None:
    shared = "target, service and load generator share the only CPU of this machine"
    assert place((0,), 1.0, pin=True) == Placement(shared=shared)


def test_without_pinning_every_process_runs_anywhere() -> None:
    shared = "none: target, service and load generator share the CPUs of this machine"
    assert place(range(8), 1.0, pin=False) == Placement(shared=shared)


@pytest.mark.parametrize(
    ("count", "settings", "words"),
    [
        (1, {}, "target, service and load generator share the only CPU of this machine"),
        (2, {}, "target on CPU 1, service and load generator share CPU 0"),
        (
            2,
            {"cpus": 2, "memory": "512MiB"},
            (
                "target on CPU 1, service and load generator share CPU 0 (the target may use 2 CPUs, and has 1); "
                "asked for each target: 2 CPUs by quota, 512 MiB"
            ),
        ),
        (8, {}, "target on CPUs 4-7, service on CPUs 1-3, load generator on CPU 0"),
        (
            8,
            {"pin": False, "cpus": 0.5},
            (
                "none: target, service and load generator share the CPUs of this machine; "
                "asked for each target: 0.5 CPU by quota"
            ),
        ),
    ],
)
def test_a_placement_is_told_in_words(count: int, settings: dict[str, object], words: str) -> None:
    asked = LimitSettings.model_validate(settings)
    assert placement_in_words(place(range(count), asked.cpus, pin=asked.pin), asked) == words
