"""The figures of each step of a workload's flows, over the valid trials of a cell.

Counts are summed, as those of the cell are; times are each trial's own, then a mean over trials. Shares have no
interval: which flow comes when is drawn by the load generator, so that a share is no property of the target but where
wrong answers end flows early, and of those the counts tell.

Leaves out workloads of a single step: its figures are the cell's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fwcompare.model.measurement import Quantiles, StepFigures
from fwcompare.model.plan import PlannedFlow
from fwcompare.model.summary import QuantileSummary, StepSummary
from fwcompare.stats.quantiles import summarise_quantiles

_SEVERAL = 2
_NO_FLOWS = "the run did not record the flows of its workload"
_NOT_TIMED = "the run did not time steps from when they were due"

Seen = Sequence[tuple[int, tuple[StepFigures, ...]]]
"""The steps of each valid trial, with its block's number."""


def has_steps(flows: Sequence[PlannedFlow], seen: Seen) -> bool:
    """Tell whether a workload has several steps: by its flows, or where those were not recorded by its trials."""
    names = [name for flow in flows for name in flow.steps] or [step.name for _, steps in seen[:1] for step in steps]
    return len(names) >= _SEVERAL


def summarise_steps(
    seen: Seen, flows: Sequence[PlannedFlow], *, no_response: str, confidence: float
) -> list[StepSummary]:
    """Summarise the steps of a cell, in the order of the flows; none without a trial, or of a single step.

    :param flows: of the workload; empty for a run that did not record them.
    :param no_response: why no response time may be published, when none may; of a closed model, that it has none.
    :param confidence: of every interval, such as 0.95.
    """
    if not seen or not has_steps(flows, seen):
        return []
    places = _places(flows)
    names = list(places) or [step.name for step in seen[0][1]]
    by_trial = [(block, {step.name: step for step in steps}) for block, steps in seen]
    sent = sum(step.sent for _, steps in seen for step in steps)
    return [
        _step(
            name,
            [(block, steps[name]) for block, steps in by_trial if name in steps],
            places.get(name),
            sent=sent,
            no_response=no_response,
            confidence=confidence,
        )
        for name in names
    ]


@dataclass(frozen=True)
class _Place:
    """Where a step stands: its flow, from 1, the flow's weight, and the share that the weights give the step."""

    flow: int
    weight: int
    share: float


def _places(flows: Sequence[PlannedFlow]) -> Mapping[str, _Place]:
    # Every step of a flow is sent as often as the flow is chosen.
    requests = sum(flow.weight * len(flow.steps) for flow in flows)
    return {
        name: _Place(number, flow.weight, flow.weight / requests)
        for number, flow in enumerate(flows, start=1)
        for name in flow.steps
    }


def _step(
    name: str,
    seen: Sequence[tuple[int, StepFigures]],
    place: _Place | None,
    *,
    sent: int,
    no_response: str,
    confidence: float,
) -> StepSummary:
    steps = [step for _, step in seen]
    reasons: dict[str, str] = {}
    requests = sum(step.sent for step in steps)
    ok, errors = sum(step.ok for step in steps), sum(step.errors for step in steps)
    if place is None:
        reasons |= dict.fromkeys(("flow", "weight", "weighted_share"), _NO_FLOWS)
    if not sent:
        reasons["share"] = "no request was sent"
    if not ok + errors:
        reasons["error_rate"] = "no request ended"
    unexpected = [step.unexpected for step in steps if step.unexpected is not None]
    if len(unexpected) < len(steps):
        reasons["unexpected"] = "no step expects more than an answer of status 200 to 299"
    return StepSummary(
        name=name,
        flow=place.flow if place else None,
        weight=place.weight if place else None,
        requests=requests,
        share=requests / sent if sent else None,
        weighted_share=place.share if place else None,
        ok=ok,
        http_errors=sum(step.http_errors for step in steps),
        unexpected=sum(unexpected) if len(unexpected) == len(steps) else None,
        transport_errors=sum(step.transport_errors for step in steps),
        timeouts=sum(step.timeouts for step in steps),
        censored=sum(step.censored for step in steps),
        error_rate=errors / (ok + errors) if ok + errors else None,
        response_ms=_response(seen, no_response, confidence, reasons),
        service_ms=summarise_quantiles(
            "service_ms", [(block, step.service_ms) for block, step in seen], confidence=confidence, reasons=reasons
        ),
        reasons=reasons,
    )


def _response(
    seen: Sequence[tuple[int, StepFigures]], no_response: str, confidence: float, reasons: dict[str, str]
) -> QuantileSummary | None:
    timed: list[tuple[int, Quantiles]] = [(block, step.response_ms) for block, step in seen if step.response_ms]
    if no_response or len(timed) < len(seen):
        reasons["response_ms"] = no_response or _NOT_TIMED
        return None
    return summarise_quantiles("response_ms", timed, confidence=confidence, reasons=reasons)
