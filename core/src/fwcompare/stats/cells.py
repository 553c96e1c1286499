"""The figures of one cell, from its valid trials; the others stay visible as a count and a reason.

A trial is valid when its outcome is ok and it holds a measurement. Every null has its reason under its dotted
name (``service_ms.p99``). ``reasons`` has more keys: ``outcome`` when it is not ok, ``failed_trials``
when a valid cell lost some, and ``throughput_is_lower_bound`` for what was seen of the client.

``verdict`` says who used what of its CPUs, ``saturated`` what an overloaded open load means, ``disturbed`` what the
host did to blocks that were left out.

Leaves out pairs (``pairs.py``), what bounded the cell (``cell_verdict.py``) and which attempts count (``blocks.py``).
"""

from collections.abc import Callable, Mapping, Sequence

from fwcompare.model.limits import ServiceRoom
from fwcompare.model.measurement import Gate, Measurement, OpenLoad, Quantiles, Trial
from fwcompare.model.plan import Cell, LoadPoint, Outcome, PlannedFlow
from fwcompare.model.summary import CellSummary, Interval, LoadSummary, QuantileSummary, StepSummary
from fwcompare.stats.blocks import Blocks, is_valid
from fwcompare.stats.cell_verdict import failed_gates, judge_cell
from fwcompare.stats.intervals import geometric_interval
from fwcompare.stats.quantiles import summarise_quantiles
from fwcompare.stats.steps import has_steps, summarise_steps
from fwcompare.stats.wording import block_list, count, headline

_UNKNOWN = Quantiles(count=0, mean=None, p50=None, p90=None, p99=None, max=None)
_NO_TRIAL = "no valid trial"
_NOT_DUE = "closed model: a request has no due time, so only service time exists"


def summarise_cell(
    cell: Cell,
    blocks: Blocks,
    *,
    confidence: float,
    unsupported: str | None = None,
    service_room: ServiceRoom | None = None,
    flows: Sequence[PlannedFlow] = (),
) -> CellSummary:
    """Summarise one cell of a run.

    :param blocks: the trials of the whole run.
    :param confidence: of every interval, such as 0.95.
    :param unsupported: why the target cannot serve the cell, when it cannot.
    :param service_room: the CPUs that services had; None when that is not known.
    :param flows: of the cell's workload, where the run recorded them.
    """
    trials = blocks.counted_of(cell.key)
    disturbed = _disturbed(cell, blocks)
    figures = _Figures(trials, confidence)
    lost = [trial for trial in trials if not is_valid(trial)]
    outcome = _outcome(trials, unsupported=unsupported)
    if outcome != "ok":
        figures.reasons["outcome"] = unsupported or _fates(lost) or _nothing_left(disturbed)
    elif lost:
        figures.reasons["failed_trials"] = _fates(lost)
    if disturbed:
        figures.reasons["disturbed"] = "; ".join(f"block {block}: {why}" for block, why in disturbed.items())
    late = failed_gates(trials, "client")
    if late:
        figures.reasons["throughput_is_lower_bound"] = _client_evidence(late)
    response = _response(figures, cell, lower_bound=bool(late))
    judged = judge_cell(
        trials,
        causes=disturbed if blocks.all_disturbed else {},
        saturated="saturated" in figures.reasons,
        service_room=service_room,
    )
    figures.reasons["verdict"] = judged.reason
    figures.reasons["group"] = (
        "ties are told where at least three cells of a load point can be compared, of those that can"
    )
    return CellSummary(
        key=cell.key,
        target=cell.target,
        workload=cell.workload,
        params=cell.values,
        runtime=cell.runtime,
        load=LoadSummary.of(cell.load),
        trials=len(figures.measured),
        failed_trials=len(lost),
        disturbed_blocks=len(disturbed),
        outcome=outcome,
        verdict=judged.verdict,
        offered_rps=_offered(figures, cell),
        throughput_rps=figures.interval("throughput_rps", lambda seen: seen.throughput_rps),
        throughput_is_lower_bound=bool(late),
        response_ms=response,
        service_ms=figures.quantiles("service_ms", lambda seen: seen.service_ms),
        error_rate=figures.error_rate(),
        requests=figures.requests(),
        cpu_ms_per_request=figures.interval("cpu_ms_per_request", lambda seen: seen.cpu_ms_per_request),
        target_cores=figures.mean("target_cores", lambda seen: seen.target_cores),
        peak_rss_mib=figures.highest("peak_rss_mib", lambda seen: seen.target.peak_rss_mib),
        client_share=figures.highest("client_share", lambda seen: seen.client_share),
        flamegraphs=figures.flamegraphs(),
        steps=_steps(figures, flows, confidence=confidence),
        reasons=figures.reasons,
    )


def _response(figures: "_Figures", cell: Cell, *, lower_bound: bool) -> QuantileSummary | None:
    """Give the response times; those that a growing backlog or a late client made are not published."""
    loads = [(seen, seen.open_load) for _, seen in figures.measured if seen.open_load is not None]
    if cell.load.model == "closed":
        figures.reasons["response_ms"] = _NOT_DUE
        return None
    saturated = [(seen, load) for seen, load in loads if not load.steady]
    if lower_bound:
        # What the client did not send in time may look like a backlog of the target's.
        figures.reasons["response_ms"] = "the load generator was late, so what it timed is partly its own delay"
        return None
    if saturated:
        figures.reasons["response_ms"] = figures.reasons["saturated"] = _overload(*saturated[0], cell.load)
        return None
    return figures.quantiles("response_ms", _response_of)


def _steps(figures: "_Figures", flows: Sequence[PlannedFlow], *, confidence: float) -> list[StepSummary]:
    """Give the figures of each step; what keeps response times of the cell from being published holds for theirs."""
    seen = [(block, measurement.steps) for block, measurement in figures.measured]
    if not seen and has_steps(flows, ()):
        figures.reasons["steps"] = _NO_TRIAL
    return summarise_steps(
        seen,
        flows,
        no_response=figures.reasons.get("response_ms", ""),
        confidence=confidence,
    )


def _disturbed(cell: Cell, blocks: Blocks) -> Mapping[int, str]:
    """Give what the host did, by each disturbed block that the cell has a trial in."""
    seen = {trial.planned.block for trial in (*blocks.counted_of(cell.key), *blocks.disturbed_of(cell.key))}
    return {block: why for block, why in blocks.causes.items() if block in seen}


def _nothing_left(disturbed: Mapping[int, str]) -> str:
    return "no trial is left: the host disturbed the blocks that it was in" if disturbed else "no trial was run"


def _offered(figures: "_Figures", cell: Cell) -> float | None:
    if cell.load.model == "closed":
        figures.reasons["offered_rps"] = "closed model: it offers a request when one has ended, and no rate"
        return None
    return figures.mean("offered_rps", lambda seen: seen.open_load.offered_rps if seen.open_load else None)


def _response_of(seen: Measurement) -> Quantiles:
    return _UNKNOWN if seen.open_load is None else seen.open_load.response_ms


def _overload(seen: Measurement, load: OpenLoad, point: LoadPoint) -> str:
    """Say what an overloaded run means: by arithmetic where one rate fed one queue, else by what was counted."""
    # Steps that follow become due only as the target serves, so what was due tells too little of what was asked.
    if not point.stages and point.backlog == "queue" and not seen.steps:
        return _arithmetic(seen, load, point)
    if seen.steps and not point.stages:
        asked = f"{point.rate:,.0f} flows/s, the offered rate"
    else:
        asked = f"{load.offered_rps:,.0f} req/s, the {'mean of the offered rates' if point.stages else 'offered rate'}"
    dropped = f", {seen.counts.shed:,} of {seen.counts.due:,} were dropped unsent" if seen.counts.shed else ""
    return (
        f"saturated: at {asked}, the target served {seen.throughput_rps:,.0f} "
        f"req/s{dropped}, and {load.backlog:,} requests were waiting after {seen.window_s:.3g} s; response times "
        "would tell how the load was laid out, not how fast the target answers"
    )


def _arithmetic(seen: Measurement, load: OpenLoad, point: LoadPoint) -> str:
    """Say what an overloaded run means: the backlog grows for its whole length, whatever the target is like.

    A request that is due at time t of a run waits until t * offered / served, so that without a warm-up the last
    of D seconds responds after D (offered / served - 1), and the median after half of that (LOADGEN, 8).
    """
    times = load.offered_rps / seen.throughput_rps
    longest_s = (point.lead_s + seen.window_s) * (times - 1)
    median_s = (point.lead_s + seen.window_s / 2) * (times - 1)
    return (
        f"saturated: the offered rate of {load.offered_rps:,.0f} req/s is {times:.3g}x what the target sustained "
        f"({seen.throughput_rps:,.0f} req/s), so {load.backlog:,} requests were waiting after {seen.window_s:.3g} s; "
        f"response times up to {longest_s:.3g} s, {median_s:.3g} s at the median, follow from that alone"
    )


class _Figures:
    """Makes figures of valid trials and notes, in ``reasons``, why one is null or rests on fewer trials."""

    def __init__(self, trials: Sequence[Trial], confidence: float) -> None:
        self._trials = trials
        self._confidence = confidence
        self.measured = [
            (trial.planned.block, trial.measurement)
            for trial in trials
            if is_valid(trial) and trial.measurement is not None
        ]
        self.reasons: dict[str, str] = {}

    def interval(self, name: str, figure: Callable[[Measurement], float | None]) -> Interval | None:
        values = self._known(name, figure)
        if values and min(values) <= 0:
            zeros = sum(value <= 0 for value in values)
            self.reasons[name] = f"0 in {zeros} of {count(len(values), 'trial')}: a geometric mean does not exist"
            return None
        interval = geometric_interval(values, self._confidence)
        if interval is not None and interval.low is None:
            reason = "one trial has no interval; two are needed" if len(values) == 1 else "too wide to be written"
            self.reasons |= {f"{name}.low": reason, f"{name}.high": reason}
        return interval

    def quantiles(self, name: str, figure: Callable[[Measurement], Quantiles]) -> QuantileSummary | None:
        if not self.measured:
            self.reasons[name] = _NO_TRIAL
            return None
        seen = [(block, figure(measurement)) for block, measurement in self.measured]
        return summarise_quantiles(name, seen, confidence=self._confidence, reasons=self.reasons)

    def mean(self, name: str, figure: Callable[[Measurement], float | None]) -> float | None:
        values = self._known(name, figure)
        return sum(values) / len(values) if values else None

    def highest(self, name: str, figure: Callable[[Measurement], float | None]) -> float | None:
        return max(self._known(name, figure), default=None)

    def requests(self) -> int | None:
        if not self.measured:
            self.reasons["requests"] = _NO_TRIAL
            return None
        return sum(measurement.counts.sent for _, measurement in self.measured)

    def error_rate(self) -> float | None:
        errors = sum(measurement.counts.errors for _, measurement in self.measured)
        ended = errors + sum(measurement.counts.ok for _, measurement in self.measured)
        if not ended:
            self.reasons["error_rate"] = "no request ended" if self.measured else _NO_TRIAL
            return None
        return errors / ended

    def flamegraphs(self) -> list[str]:
        profiles = [trial.flamegraph for trial in self._trials if trial.flamegraph is not None]
        drawn = [profile.svg for profile in profiles if profile.svg is not None]
        if not drawn:
            told = dict.fromkeys(profile.reason for profile in profiles if profile.reason)
            self.reasons["flamegraphs"] = "; ".join(told) or (_NO_TRIAL if not self.measured else "none was taken")
        return drawn

    def _known(self, name: str, figure: Callable[[Measurement], float | None]) -> list[float]:
        seen = [(block, figure(measurement)) for block, measurement in self.measured]
        values = [value for _, value in seen if value is not None]
        if not seen:
            self.reasons[name] = _NO_TRIAL
        elif len(values) < len(seen):
            self.reasons[name] = f"not known in {block_list(block for block, value in seen if value is None)}"
        return values


def _outcome(trials: Sequence[Trial], *, unsupported: str | None) -> Outcome:
    seen = {"ok" if is_valid(trial) else trial.outcome for trial in trials}
    if "ok" in seen:
        return "ok"
    if "failed" in seen:
        return "failed"
    return "unsupported" if unsupported or "unsupported" in seen else "invalid"


def _fates(trials: Sequence[Trial]) -> str:
    blocks: dict[tuple[str, str], list[int]] = {}
    for trial in trials:
        blocks.setdefault((trial.outcome, headline(trial.reason)), []).append(trial.planned.block)
    return "; ".join(f"{outcome} in {block_list(where)}: {why}" for (outcome, why), where in blocks.items())


def _client_evidence(late: Sequence[tuple[int, Gate]]) -> str:
    block, gate = late[0]
    also = f"; failed in {count(len(late), 'trial')}" if len(late) > 1 else ""
    return f"the load generator was the limit ({gate.name} in block {block}: {gate.seen}, expected {gate.limit}{also})"
