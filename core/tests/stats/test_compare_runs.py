"""Two runs of one scenario: what is joined, what is said of it, and what must not be said."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from fwcompare.errors import ScenarioError
from fwcompare.model.comparison import CellComparison, RunComparison
from fwcompare.model.measurement import Counts, Gate, Measurement, Noise, Quantiles, Trial, Usage
from fwcompare.model.plan import Cell, LoadPoint, Plan, PlannedTrial
from fwcompare.model.ports import Report
from fwcompare.model.scenario import Scenario
from fwcompare.stats.compare_runs import compare_runs
from fwcompare.stats.summarise import summarise

POINT = LoadPoint(connections=10, duration_s=5, requests=None, warmup_s=2, timeout_s=30, drain_s=5, keepalive=True)
QUIET = (0.99, 1.0, 1.01, 0.995, 1.005)
BUSY = Gate("client CPU", passed=False, seen="90 %", limit="70 %", about="client")
NOISE = Gate("foreign CPU", passed=False, seen="9 %", limit="2 %", about="host")
HOST = {"cpu_model": "Imaginary", "cores": 2, "machine": "x86_64", "kernel": "6.1", "load_average_1m": 0.1}


@dataclass
class Made:
    """A target in a run: what it serves, and what happened."""

    rps: float = 100.0
    scatter: Sequence[float] = QUIET
    cpu_ms: float | None = None
    errors: int = 0
    gates: tuple[Gate, ...] = ()
    workers: int = 1
    fails: bool = False
    noise: Noise | None = None


@dataclass
class Run:
    """A run to be made: its targets, and what of its record is not as usual."""

    targets: Mapping[str, Made] = field(default_factory=lambda: {"a": Made()})
    environment: Mapping[str, object] = field(default_factory=dict)
    scenario: Mapping[str, object] = field(default_factory=dict)
    name: str = "r"

    def report(self) -> Report:
        cells = {
            name: Cell(name, "users", (("WORKERS", made.workers),), (), POINT) for name, made in self.targets.items()
        }
        trials = [trial for name, made in self.targets.items() for trial in _trials(cells[name], made)]
        plan = Plan(tuple(cells.values()), (), (), 1, 3)
        settings = {"name": "s", "workload": "users", "load": {"duration": "5s"}, **self.scenario}
        return Report(
            run=self.name,
            folder=Path("results") / self.name,
            scenario=Scenario.model_validate(settings),
            plan=plan,
            trials=tuple(trials),
            summary=summarise(self.name, plan, trials, scenario="s", confidence=0.95, margin=0.02, status="complete"),
            environment={"fwcompare": "1", "started": self.name, "host": HOST, **self.environment},
        )


def _trials(cell: Cell, made: Made) -> list[Trial]:
    return [
        Trial(
            PlannedTrial(cell, block, block),
            "failed" if made.fails else "ok",
            "2026-11-20T10:00:00Z",
            8.0,
            measurement=None if made.fails else _measurement(made, made.rps * factor),
            gates=made.gates,
            reason="it fell" if made.fails else "",
        )
        for block, factor in enumerate(made.scatter, start=1)
    ]


def _measurement(made: Made, rps: float) -> Measurement:
    times = Quantiles(2000, 1.0, 1.0, 2.0, 3.0, 9.0)
    return Measurement(
        window_s=5.0,
        counts=Counts(2000, 2000 - made.errors, made.errors, 0, 0, 0, due=2000),
        throughput_rps=rps,
        service_ms=times,
        ttfb_ms=times,
        connect_ms=times,
        bytes_received=1,
        connections_established=1,
        connections_opened=1,
        client_cpu_s=1.0,
        client_share=0.2,
        client_peak_rss_mib=120.0,
        target=Usage(cpu_s=4.0, user_s=3.0, system_s=1.0, peak_rss_mib=60.0, processes=1),
        services={},
        cpu_ms_per_request=1000 / rps if made.cpu_ms is None else made.cpu_ms,
        noise=made.noise,
    )


def compared(a: Run, b: Run, *, force: bool = False) -> RunComparison:
    return compare_runs(replace(a, name="first").report(), replace(b, name="second").report(), force=force)


def throughput(a: Made, b: Made) -> CellComparison:
    found = compared(Run({"a": a}), Run({"a": b}))
    (one,) = [cell for cell in found.cells if cell.metric == "throughput_rps"]
    return one


def test_more_throughput_is_better_and_less_cpu_is_too() -> None:
    found = compared(Run({"a": Made(100)}), Run({"a": Made(150)}))
    requests, cpu = found.cells
    assert (requests.metric, requests.verdict, cpu.metric, cpu.verdict) == (
        "throughput_rps",
        "better",
        "cpu_ms_per_request",
        "better",
    )
    assert requests.ratio == pytest.approx(1.5)
    assert cpu.ratio == pytest.approx(1 / 1.5)
    assert requests.low is not None
    assert requests.high is not None
    assert requests.low < 1.5 < requests.high
    assert requests.a is not None
    assert requests.a.mean == pytest.approx(100, rel=0.01)
    assert (requests.trials_a, requests.trials_b) == (5, 5)


@pytest.mark.parametrize(
    ("b", "verdict", "reason"),
    [
        (Made(80), "worse", ""),
        (Made(100.1), "same", "the 90 % interval lies within the margin of 2 %"),
        (Made(102), "inconclusive", "they differ, and perhaps by less than the margin of 2 %"),
        (Made(100, scatter=(0.5, 1, 2)), "inconclusive", "the interval holds both no difference and one beyond"),
        (Made(200, scatter=(1, 1.01)), "inconclusive", "2 trials in b that may be used, 3 are needed"),
        (Made(200, errors=40), "inconclusive", "error rates differ, 0 % and 2 %: an error can be a cheap answer"),
    ],
)
def test_a_verdict_has_its_reason(b: Made, verdict: str, reason: str) -> None:
    found = throughput(Made(100), b)
    assert found.verdict == verdict
    assert found.reason.startswith(reason)
    assert bool(found.reason) == bool(reason)


@pytest.mark.parametrize(
    ("a", "b", "verdict"),
    [
        (Made(100), Made(150, gates=(BUSY,)), "better"),
        (Made(100, gates=(BUSY,)), Made(150), "inconclusive"),
        (Made(100, gates=(BUSY,)), Made(50), "worse"),
        (Made(100), Made(50, gates=(BUSY,)), "inconclusive"),
        (Made(100), Made(100, gates=(BUSY,)), "inconclusive"),
    ],
)
def test_a_lower_bound_is_judged_on_the_safe_side_alone(a: Made, b: Made, verdict: str) -> None:
    found = throughput(a, b)
    assert found.verdict == verdict
    assert ("the load generator was the limit in" in found.reason) == (verdict == "inconclusive")


def test_what_a_disturbed_host_measured_does_not_count() -> None:
    report = Run({"a": Made(100), "b": Made(100)}).report()
    # The host was disturbed while `a` ran in block 5: the whole block goes, that of `b` too.
    trials = tuple(
        replace(trial, gates=(NOISE,)) if trial.planned.block == 5 and trial.planned.cell.target == "a" else trial
        for trial in report.trials
    )
    found = compare_runs(replace(report, trials=trials), Run({"a": Made(150), "b": Made(150)}).report())
    assert {cell.trials_a for cell in found.cells} == {4}


def test_the_order_of_the_trials_changes_nothing() -> None:
    first, second = Run({"a": Made(), "b": Made(50)}).report(), Run({"a": Made(120), "b": Made(51)}).report()
    told = compare_runs(first, second)
    draw = random.Random(5)  # noqa: S311 - a simulation, to be had again
    for _ in range(20):
        mixed = [
            replace(report, trials=tuple(draw.sample(report.trials, len(report.trials)))) for report in (first, second)
        ]
        assert compare_runs(*mixed) == told


def test_cells_of_one_run_alone_are_listed() -> None:
    found = compared(Run({"a": Made(), "old": Made()}), Run({"a": Made(), "new": Made()}))
    assert {cell.key for cell in found.cells} == {"a-c10"}
    assert [(one.key, one.run) for one in found.alone] == [("old-c10", "a"), ("new-c10", "b")]


def test_cells_of_one_name_that_are_set_otherwise_are_not_compared_unless_forced() -> None:
    one, two = Run({"a": Made()}), Run({"a": Made(200, workers=2)})
    found = compared(one, two)
    assert found.cells == []
    assert [(one.run, one.reason) for one in found.alone] == [
        ("both", "not the same cell: parameters.WORKERS: 1 and 2")
    ]
    assert [cell.verdict for cell in compared(one, two, force=True).cells] == ["better", "better"]


def test_a_cell_that_failed_is_told_apart() -> None:
    found = compared(Run({"a": Made()}), Run({"a": Made(fails=True)}))
    assert found.cells == []
    assert found.alone[0].reason == "failed in b: failed in blocks 1, 2, 3, 4, 5: it fell"


@pytest.mark.parametrize(
    ("changed", "seen"),
    [
        (Run(scenario={"load": {"duration": "6s"}}), "scenario load.duration: 5s and 6s"),
        (Run(scenario={"name": "t"}), "scenario name: s and t"),
        (Run(scenario={"workload": "sleep-sync"}), "scenario workload: ['users'] and ['sleep-sync']"),
        (Run(environment={"host": {**HOST, "cpu_model": "Real"}}), "host cpu_model: Imaginary and Real"),
    ],
)
def test_another_scenario_or_host_is_refused_unless_forced(changed: Run, seen: str) -> None:
    with pytest.raises(ScenarioError, match="runs first and second cannot be compared") as caught:
        compared(Run(), changed)
    assert caught.value.seen == seen
    assert "--force" in caught.value.hint
    assert f"forced: {seen}" in compared(Run(), changed, force=True).warnings


@pytest.mark.parametrize(
    "scenario",
    [
        {"targets": ["a", "z"]},
        {"seed": 4},
        {"repeats": 9},
        {"disturbed": {"retries": 0}},
        {"title": "x"},
        {"assert": ["errors < 1%"]},
    ],
)
def test_what_changes_no_figure_is_neither_refused_nor_a_factor(scenario: Mapping[str, object]) -> None:
    found = compared(Run(), Run(scenario=scenario))
    assert (found.factors, found.warnings) == ([], [])


def test_times_and_how_busy_the_host_was_are_no_factors() -> None:
    other = {**HOST, "load_average_1m": 3.0, "cpu_pressure_avg10": 4.0, "steal_share": 0.2}
    found = compared(Run(), Run(environment={"host": other, "command": "fwcompare run", "finished": "later"}))
    assert (found.factors, found.warnings) == ([], [])


def test_a_run_that_was_resumed_differs_in_nothing_for_that() -> None:
    sessions = [{"command": "fwcompare run users"}, {"command": "fwcompare run --resume latest"}]
    found = compared(Run(), Run(environment={"sessions": sessions}))
    assert (found.factors, found.warnings) == ([], [])


def facts(version: str, **more: object) -> Mapping[str, object]:
    return {"targets": {"a": {"digest": version, "facts": {"framework": {"version": version}, **more}}}}


def test_one_thing_that_differs_is_listed_without_a_warning() -> None:
    found = compared(Run(), Run(environment={"host": {**HOST, "kernel": "6.2"}}))
    assert [(one.path, one.a, one.b) for one in found.factors] == [("host.kernel", "6.1", "6.2")]
    assert found.warnings == []


def test_a_new_version_and_the_source_that_names_it_are_one_thing() -> None:
    found = compared(Run(environment=facts("1")), Run(environment=facts("2")))
    assert [one.path for one in found.factors] == ["targets.a.digest", "targets.a.facts.framework.version"]
    assert found.warnings == []


def test_more_than_one_thing_is_warned_of_by_name() -> None:
    found = compared(
        Run(environment=facts("1", workers=1)),
        Run(environment={**facts("2", workers=2), "fwcompare": "2", "source": {"commit": "f"}}),
    )
    assert found.warnings[0] == (
        "a: more than one thing differs (fwcompare, a: framework, a: workers), so no difference can be put down to one"
    )


def test_what_another_target_is_made_of_concerns_it_alone() -> None:
    made = {"a": Made(), "b": Made()}
    one = {"targets": {"a": {"digest": "1"}, "b": {"digest": "1"}}}
    two = {"targets": {"a": {"digest": "2"}, "b": {"digest": "2"}}}
    found = compared(Run(made, one), Run(made, two))
    assert [one.target for one in found.factors] == ["a", "b"]
    assert found.warnings == [], "one thing differs for each"


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ({"services": {"pg": {"settings": {}}}}, {"services": {"pg": {"settings": {"fsync": "off"}}}}),
        (facts("1", orm=None), facts("1", orm={"name": "sql"})),
        ({"limits": "none"}, {"limits": "1 CPU by quota"}),
    ],
)
def test_nothing_is_a_value_where_it_means_something(a: Mapping[str, object], b: Mapping[str, object]) -> None:
    found = compared(Run(environment=a), Run(environment={**b, "fwcompare": "2"}))
    assert "more than one thing differs" in found.warnings[0]


def test_what_one_run_alone_recorded_is_listed_and_not_counted() -> None:
    found = compared(Run(), Run(environment={"host": {**HOST, "smt": True}, "fwcompare": "2"}))
    assert [(one.path, one.thing) for one in found.factors] == [("fwcompare", "fwcompare"), ("host.smt", None)]
    assert found.warnings == ["recorded in one of the runs alone, so whether it differs is not known: host.smt"]


def test_a_difference_that_nothing_recorded_explains_is_not_to_be_believed_at_once() -> None:
    (warning,) = compared(Run(), Run({"a": Made(150)})).warnings
    assert warning.startswith("a: nothing that is recorded differs, so a verdict of better or worse tells of something")
    assert compared(Run(), Run({"a": Made(150)}, {"fwcompare": "2"})).warnings == []


def pressed(share: float) -> Run:
    return Run({"a": Made(noise=Noise(0.0, 0.0, share))}, {"host": {**HOST, "cpu_pressure_avg10": 1.0}})


@pytest.mark.parametrize(("shares", "told"), [((0.02, 0.5), True), ((0.5, 0.02), True), ((0.02, 0.1), False)])
def test_a_host_that_was_not_as_busy_is_warned_of(shares: tuple[float, float], *, told: bool) -> None:
    found = compared(pressed(shares[0]), pressed(shares[1]))
    assert [warning.startswith("the host was not as busy") for warning in found.warnings] == [True] * told
    if told:
        assert f"{shares[0]:.0%} of the time in a and {shares[1]:.0%} in b" in found.warnings[0]


def test_trials_that_do_not_tell_their_pressure_leave_that_before_the_run() -> None:
    quiet, busy = ({"host": {**HOST, "cpu_pressure_avg10": percent}} for percent in (1.5, 96.0))
    found = compared(Run(environment=quiet), Run(environment=busy))
    assert "for 2% of the time in a and 96% in b" in found.warnings[0]
    assert found.factors == []


def test_a_run_that_was_interrupted_is_named() -> None:
    report = Run().report()
    cut = replace(report, summary=report.summary.model_copy(update={"status": "interrupted"}))
    assert compare_runs(report, cut).warnings == ["run b was interrupted: it holds fewer trials than were planned"]


def test_equal_runs_of_six_cells_name_a_difference_in_at_most_5_percent() -> None:
    draw = random.Random(11)  # noqa: S311 - a simulation, to be had again
    runs, wrong = 300, 0
    for _ in range(runs):
        sides = [
            Run({f"t{place}": Made(scatter=[draw.lognormvariate(0, 0.03) for _ in range(5)]) for place in range(6)})
            for _ in range(2)
        ]
        found = compared(*sides)
        wrong += any(cell.verdict in ("better", "worse") for cell in found.cells if cell.metric == "throughput_rps")
    # Of 300 at 5 %, 26 are exceeded once in a thousand; the margin makes it rarer still.
    assert wrong <= 26


def test_a_tenth_less_is_found_with_the_right_sign() -> None:
    draw = random.Random(12)  # noqa: S311 - a simulation, to be had again
    verdicts = [
        throughput(
            Made(100, scatter=[draw.lognormvariate(0, 0.01) for _ in range(5)]),
            Made(90, scatter=[draw.lognormvariate(0, 0.01) for _ in range(5)]),
        ).verdict
        for _ in range(50)
    ]
    assert "better" not in verdicts
    assert verdicts.count("worse") >= 48
