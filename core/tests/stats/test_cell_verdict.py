"""What bounded a cell: one verdict for each kind of evidence, its order, and the sentence that shows it."""

from collections.abc import Callable

import pytest

from fwcompare.model.limits import Held, ServiceRoom
from fwcompare.model.measurement import Gate, Steadiness, Trial
from fwcompare.model.plan import Cell
from fwcompare.stats.cell_verdict import Judged, judge_cell, unsteadiness

MakeTrial = Callable[..., Trial]

ONE_CPU = Held("on CPU 1 alone", cpus=(1,), by="affinity")
ROOM = ServiceRoom(1)
HALF_A_CPU = Held("0.5 CPUs by quota, on CPU 1", cpus=(1,), quota_cpus=0.5, by="cgroup v2")
LATE = Gate("client CPU", passed=False, seen="82% of its share", limit="at most 70%", about="client")
RECYCLED = Gate("workers kept", passed=False, seen="process 4711 ended", limit="the same processes", about="target")
DROPPED = Steadiness(steady=False, reason="its thirds differ: 8 %, at most 3 %", change=0.08)


@pytest.fixture
def axum(make_cell: Callable[..., Cell]) -> Cell:
    return make_cell("axum")


def judge(*trials: Trial, saturated: bool = False, room: ServiceRoom | None = ROOM, noisy: bool = False) -> Judged:
    causes = {1: "foreign CPU"} if noisy else {}
    return judge_cell(trials, causes=causes, saturated=saturated, service_room=room)


def test_a_target_that_used_its_cpus_is_the_limit_and_the_evidence_says_who_used_what(
    axum: Cell, make_trial: MakeTrial
) -> None:
    found = judge(make_trial(axum, 1, limits=ONE_CPU, target_cpu_s=4.8, service_cpu_s=2.0))

    assert found == Judged(
        "target-bound",
        "the target used up its CPUs; the target used 96 % of 1 CPU, postgresql used 40 % of 1 CPU, "
        "the load generator used 20 % of its share",
    )


def test_the_quota_and_not_the_cpus_it_is_bound_to_is_what_it_had(axum: Cell, make_trial: MakeTrial) -> None:
    found = judge(make_trial(axum, 1, limits=HALF_A_CPU, target_cpu_s=2.4))

    assert found.verdict == "target-bound"
    assert "the target used 96 % of 0.5 CPUs" in found.reason


def test_a_target_that_its_quota_held_back_is_the_limit(axum: Cell, make_trial: MakeTrial) -> None:
    half_used = {"limits": HALF_A_CPU, "target_cpu_s": 1.5}

    assert judge(make_trial(axum, 1, throttled_s=0.1, **half_used)).verdict is None
    found = judge(make_trial(axum, 1, throttled_s=1.0, **half_used))
    assert found.verdict == "target-bound"
    assert "the target used 60 % of 0.5 CPUs and was held back by its quota for 20 % of the window" in found.reason


def test_a_service_that_used_its_cpus_while_the_target_had_room_is_the_limit(axum: Cell, make_trial: MakeTrial) -> None:
    busy_service = {"limits": ONE_CPU, "service_cpu_s": 4.7}

    assert judge(make_trial(axum, 1, target_cpu_s=2, **busy_service)).verdict == "service-bound"
    assert judge(make_trial(axum, 1, target_cpu_s=4.2, **busy_service)).verdict is None
    assert judge(make_trial(axum, 1, target_cpu_s=4.8, **busy_service)).verdict == "target-bound"
    assert judge(make_trial(axum, 1, target_cpu_s=2, **busy_service), room=ServiceRoom(2)).verdict is None
    assert judge(make_trial(axum, 1, target_cpu_s=2, **busy_service), room=None).verdict is None


def test_what_the_load_generator_takes_of_the_services_cpu_is_not_left_for_the_service(
    axum: Cell, make_trial: MakeTrial
) -> None:
    trial = make_trial(axum, 1, limits=ONE_CPU, target_cpu_s=2, service_cpu_s=3.8)  # the client used 1 s of 5

    assert judge(trial).verdict is None
    found = judge(trial, room=ServiceRoom(1, with_client=True))
    assert found.verdict == "service-bound"
    assert "postgresql and the load generator together used 96 % of 1 CPU" in found.reason


def test_where_nobody_used_up_its_cpus_the_cell_waited(axum: Cell, make_trial: MakeTrial) -> None:
    found = judge(make_trial(axum, 1, limits=ONE_CPU, target_cpu_s=1, service_cpu_s=1))

    assert found.verdict is None
    assert found.reason.startswith(
        "nobody used up its CPUs, so that the target waited for something else: the target used 20 % of 1 CPU"
    )


@pytest.mark.parametrize("limits", [None, Held("none")])
def test_without_a_limit_no_share_is_known_and_the_target_is_not_blamed(
    axum: Cell, make_trial: MakeTrial, limits: Held | None
) -> None:
    found = judge(make_trial(axum, 1, limits=limits, target_cpu_s=9.9))

    assert found.verdict is None
    assert found.reason.startswith("no CPU limit held on the target, which shared the CPUs of the machine")
    assert "the target used 1.98 CPU seconds a second" in found.reason


def test_unknown_cpu_time_is_no_share(axum: Cell, make_trial: MakeTrial) -> None:
    known, unknown = (make_trial(axum, block, limits=ONE_CPU, target_cpu_s=cpu) for block, cpu in ((1, 4.9), (2, None)))

    found = judge(known, unknown)

    assert found.verdict is None
    assert found.reason.startswith("the CPU time of the target is not known")


def test_shares_are_means_over_trials(axum: Cell, make_trial: MakeTrial) -> None:
    trials = [make_trial(axum, block, limits=ONE_CPU, target_cpu_s=cpu) for block, cpu in ((1, 4.2), (2, 4.9))]

    assert judge(*trials).verdict == "target-bound"
    assert "the target used 91 % of 1 CPU" in judge(*trials).reason


def test_one_trial_that_was_not_steady_makes_the_cell_unstable_and_is_named(axum: Cell, make_trial: MakeTrial) -> None:
    found = judge(make_trial(axum, 1), make_trial(axum, 2, steadiness=DROPPED), make_trial(axum, 3))

    assert found.verdict == "unstable"
    assert found.reason.startswith("not steady in block 2: its thirds differ: 8 %, at most 3 %; ")


def test_workers_that_were_recycled_make_the_cell_unstable_and_are_told_once(axum: Cell, make_trial: MakeTrial) -> None:
    trial = make_trial(axum, 2, gates=(RECYCLED,), recycled=("process 4711 ended",))

    assert judge(trial).verdict == "unstable"
    assert unsteadiness([trial]) == (
        "not steady in block 2: workers kept: process 4711 ended, expected the same processes"
    )
    assert unsteadiness([make_trial(axum, 1, recycled=("process 4711 ended",))]) == (
        "not steady in block 1: process 4711 ended"
    )


def test_steady_trials_and_windows_too_short_to_tell_are_not_unstable(axum: Cell, make_trial: MakeTrial) -> None:
    steady = Steadiness(steady=True, reason="steady within 2 %", change=0.0)

    assert unsteadiness([make_trial(axum, 1, steadiness=steady), make_trial(axum, 2)]) == ""


def test_a_failed_trial_is_no_evidence(axum: Cell, make_trial: MakeTrial) -> None:
    assert judge(make_trial(axum, 1, outcome="failed", gates=(RECYCLED, LATE))) == Judged(None, "no valid trial")


def test_what_speaks_against_the_measurement_comes_before_what_it_measured(axum: Cell, make_trial: MakeTrial) -> None:
    everything = make_trial(axum, 1, limits=ONE_CPU, target_cpu_s=5, steadiness=DROPPED, gates=(LATE,))
    in_time = make_trial(axum, 1, limits=ONE_CPU, target_cpu_s=5, steadiness=DROPPED)

    assert judge(everything, saturated=True, noisy=True).verdict == "noisy"
    assert judge(everything, saturated=True).verdict == "client-bound"
    assert judge(in_time, saturated=True).verdict == "saturated"
    assert judge(in_time).verdict == "unstable"
