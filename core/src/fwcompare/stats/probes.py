"""What became of each probe of a search, and what the search has found so far: from the rows of its trials alone.

A probe passes when the limited quantile of its response times, the requests that got no answer and the throughput are
within bounds and no backlog grew (METHOD, "Capacity under an SLO"). One that the host or the load generator disturbed
is *invalid*: it says nothing of the target. What a target does to itself within a probe (collecting garbage, ending a
worker) its users feel, so that its own gates do not count: the objective does.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from fwcompare.model.capacity import Capacity, CapacitySettings, CapacityState, Objective, Probe
from fwcompare.model.measurement import Gate, Measurement, OpenLoad, Trial
from fwcompare.model.plan import Cell
from fwcompare.stats.capacity import Ask, Blamed, Found, Tried, next_step
from fwcompare.stats.wording import headline

LEAST_ACHIEVED: Final = 0.99
"""Answers of 2xx per second, over the requests due per second."""


def judge(trial: Trial, slo: Objective) -> Tried:
    """Judge one probe; ``reason`` says what was seen against what was allowed."""
    rate = trial.planned.cell.load.rate
    assert rate is not None  # noqa: S101 - every probe has one
    if trial.outcome == "failed" and not is_hopeless(trial):
        return Tried(rate, "fail", headline(trial.reason))
    disturbed = _disturbed(trial)
    if disturbed is not None:
        return Tried(rate, "invalid", f"{disturbed.name}: {disturbed.seen}", _about(disturbed))
    seen = trial.measurement
    if trial.outcome != "ok" or seen is None or seen.open_load is None:
        return Tried(rate, "invalid", headline(trial.reason))
    broken = _broken(seen, seen.open_load, slo)
    if broken:
        return Tried(rate, "fail", broken)
    quantile = _quantile(seen, slo)
    if quantile is None:
        return Tried(rate, "invalid", f"too few answers for {slo.quantile}: {seen.open_load.response_ms.count:,}")
    return Tried(rate, "pass", f"{slo.quantile} {quantile:.4g} ms")


def is_hopeless(trial: Trial) -> bool:
    """Tell whether the target failed before any load, so that it would fail at every rate."""
    return trial.outcome == "failed" and trial.measurement is None and trial.warmup_s is None


def step_of(search: Cell, settings: CapacitySettings, trials: Iterable[Trial]) -> Ask | Found:
    """Give the next step of a search whose probes are ``trials``, in any order.

    A target that fails before any load ends its search: it would fail again.
    """
    probes = in_order(trials)
    hopeless = next(filter(is_hopeless, probes), None)
    if hopeless is not None:
        return Found("unresolved", None, None, None, headline(hopeless.reason))
    assert search.load.rate is not None  # noqa: S101 - where it begins
    tried = [judge(trial, settings.slo) for trial in probes]
    return next_step(search.load.rate, tried, most_probes=settings.probes)


def capacity_of(search: Cell, settings: CapacitySettings, trials: Iterable[Trial]) -> Capacity:
    """Summarise a search, finished or not."""
    probes = in_order(trials)
    step = step_of(search, settings, probes)
    if isinstance(step, Ask):
        found = Found("unresolved", None, None, None, f"the run ended before the search: {len(probes)} probes")
    else:
        found = step
    state: CapacityState = found.state
    if isinstance(step, Ask):
        state = "unfinished"
    elif any(map(is_hopeless, probes)):
        state = "failed"
    return Capacity(
        key=search.search_key,
        target=search.target,
        workload=search.workload,
        params=search.values,
        connections=search.load.connections,
        objective=settings.slo.words,
        state=state,
        low_rps=found.low_rps,
        high_rps=found.high_rps,
        estimate_rps=found.estimate_rps,
        reason=found.reason,
        probes=[_probe(trial, settings.slo) for trial in probes],
    )


def ranked(capacities: Sequence[Capacity]) -> list[Capacity]:
    """Number the targets of each workload: a bracket that lies wholly above another is a higher capacity.

    Brackets that overlap share a rank, or differ by those that lie above one and not the other. A lower bound beats
    what lies below it.
    """
    return [capacity.model_copy(update={"rank": _rank(capacity, capacities)}) for capacity in capacities]


def in_order(trials: Iterable[Trial]) -> list[Trial]:
    """Give the trials of one search in the order of its probes."""
    return sorted(trials, key=lambda trial: (trial.planned.block, trial.planned.attempt, trial.started_at))


def _rank(capacity: Capacity, others: Sequence[Capacity]) -> int | None:
    high = capacity.high_rps
    if capacity.state != "bracket" or high is None:
        return None
    rivals = [other for other in others if (other.workload, other.connections) == _field(capacity)]
    known = [other for other in rivals if other.state in ("bracket", "client-bound")]
    return 1 + sum(other.low_rps is not None and other.low_rps > high for other in known)


def _field(capacity: Capacity) -> tuple[str, int]:
    return capacity.workload, capacity.connections


def _disturbed(trial: Trial) -> Gate | None:
    return next((gate for gate in trial.gates if gate.about != "target" and not gate.passed), None)


def _about(gate: Gate) -> Blamed:
    return "trial" if gate.about == "target" else gate.about


def _broken(seen: Measurement, load: OpenLoad, slo: Objective) -> str:
    """Say which bound the probe broke, the plainest first; nothing when it broke none."""
    unanswered = _unanswered(seen)
    if unanswered is not None and unanswered > slo.errors:
        return f"{unanswered:.2%} of {seen.counts.due:,} requests got no 2xx answer"
    achieved = seen.throughput_rps / load.offered_rps if load.offered_rps else 0.0
    if achieved < LEAST_ACHIEVED:
        return f"served {seen.throughput_rps:.4g} of {load.offered_rps:.4g} req/s"
    quantile = _quantile(seen, slo)
    if quantile is not None and quantile > slo.limit_ms:
        return f"{slo.quantile} {quantile:.4g} ms"
    return "" if load.steady else f"the backlog grew to {load.backlog:,} requests"


def _unanswered(seen: Measurement) -> float | None:
    return None if not seen.counts.due else (seen.counts.due - seen.counts.ok) / seen.counts.due


def _quantile(seen: Measurement, slo: Objective) -> float | None:
    value: float | None = None if seen.open_load is None else getattr(seen.open_load.response_ms, slo.quantile)
    return value


def _probe(trial: Trial, slo: Objective) -> Probe:
    judged = judge(trial, slo)
    seen = trial.measurement
    return Probe(
        number=trial.planned.block,
        key=trial.planned.cell.key,
        rate_rps=judged.rate_rps,
        verdict=judged.verdict,
        reason=judged.reason,
        quantile_ms=None if seen is None else _quantile(seen, slo),
        achieved_rps=None if seen is None else seen.throughput_rps,
        unanswered=None if seen is None else _unanswered(seen),
        window_s=None if seen is None else seen.window_s,
        flamegraph=None if trial.flamegraph is None else trial.flamegraph.svg,
    )
