"""Holds the figures of an audit against the contract, from both sides, and says what is declared and what is not.

More work than agreed makes a target look slow, less makes it look fast: neither is a result. A figure may differ by
0.2 %, which no whole statement a request can hide in.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from fwcompare.model.parity import Finding, FindingState, ParityState
from fwcompare.model.quantities import Scalar
from fwcompare.model.target import Deviation
from fwcompare.model.workload import Work

TOLERANCE: Final = 0.002
ANSWERS: Final = "answers 2xx"
_EACH = "per request"


@dataclass(frozen=True)
class Figures:
    """What was seen. Counts are totals over ``requests`` requests, those of rows over ``touched``, all of a life.

    ``files`` is None where files cannot be watched or the workload makes none, ``rows`` where the server does not
    tell. ``answered`` is how many requests got a 2xx answer, ``errors`` what the others got, and ``last_words`` the
    last line that the target then wrote to its log.
    """

    requests: int
    touched: int
    answered: int
    errors: Mapping[str, int] = field(default_factory=dict)
    last_words: str = ""
    statements: Mapping[str, int] | None = None
    write_commits: int | None = None
    sent_together: int | None = None
    rows: Mapping[str, int] | None = None
    connections_opened: int | None = None
    connections_peak: int | None = None
    files: Mapping[str, int] | None = None
    data_unchanged: bool | None = None
    facts: Mapping[str, object] | None = None
    answered_without: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class BuiltWith:
    """A build argument that was chosen; ``fact`` says where the facts tell it, None where no fact does."""

    name: str
    value: str
    fact: str | None


def judge(
    work: Work,
    figures: Figures,
    parameters: Mapping[str, Scalar],
    deviations: Iterable[Deviation],
    *,
    work_in_life: Work | None = None,
    built_with: Iterable[BuiltWith] = (),
) -> tuple[ParityState, tuple[Finding, ...]]:
    """Say whether the work was that of the contract, with a finding for every figure.

    :param work: of a request of the load, in the mean.
    :param parameters: those that the target was started with.
    :param deviations: declared by the target for this workload.
    :param work_in_life: of a request of the whole life, in the mean, to which the rows are held; None where it is the
        same.
    :param built_with: build arguments that were chosen.
    """
    declared = {deviation.measure: deviation for deviation in deviations}
    findings = [
        *(
            _counted(name, expected, seen, parameters, declared)
            for name, expected, seen in _counts(work, work_in_life or work, figures)
        ),
        *_connections(figures, parameters),
        *_behaviour(figures),
        *_facts(figures, parameters, built_with),
    ]
    measured = {finding.measure for finding in findings}
    findings += [
        Finding(name, "a measure of the audit", "none of this name", "", "undeclared", "declared in vain")
        for name in declared
        if name not in measured
    ]
    states = {finding.state for finding in findings}
    state: ParityState = "same work"
    if "undeclared" in states:
        state = "non-comparable"
    elif "declared" in states:
        state = "declared deviation"
    return state, tuple(findings)


def _counts(work: Work, work_in_life: Work, figures: Figures) -> Sequence[tuple[str, float, float]]:
    """Give every figure that is counted per request: its name, the contract's, and what was seen."""
    counts: list[tuple[str, float, float]] = []
    if figures.statements is not None:
        kinds = [*work.statements, *sorted(figures.statements.keys() - work.statements.keys())]
        counts += [
            (f"{kind} statements", work.statements.get(kind, 0), figures.statements.get(kind, 0) / figures.requests)
            for kind in kinds
        ]
    if figures.write_commits is not None:
        counts.append(("write commits", work.write_commits, figures.write_commits / figures.requests))
    if figures.sent_together is not None:
        counts.append(("messages of several statements", 0, figures.sent_together / figures.requests))
    if figures.rows is not None:
        expected = {
            "inserted": work_in_life.rows_inserted,
            "updated": work_in_life.rows_updated,
            "deleted": work_in_life.rows_deleted,
        }
        counts += [(f"rows {name}", number, figures.rows[name] / figures.touched) for name, number in expected.items()]
    if figures.files is not None:
        counts += [
            (f"files {name}", work.files, figures.files.get(event, 0) / figures.requests)
            for name, event in (
                ("made", "create"),
                ("written", "close written"),
                ("read", "close read"),
                ("removed", "delete"),
            )
        ]
    return counts


def _counted(
    measure: str, agreed: float, seen: float, parameters: Mapping[str, Scalar], declared: Mapping[str, Deviation]
) -> Finding:
    deviation = declared.get(measure)
    expected = agreed if deviation is None else agreed + _more(deviation, parameters)
    figures = (f"{expected:g}", f"{seen:.4g}")
    if abs(seen - expected) > max(expected, 1) * TOLERANCE:
        why = "" if deviation is None else f"declared as {expected:g} instead of {agreed:g}, which is not what was seen"
        return Finding(measure, *figures, _EACH, "undeclared", why)
    if deviation is None:
        return Finding(measure, *figures, _EACH, "as agreed")
    return Finding(measure, f"{agreed:g}", figures[1], _EACH, "declared", deviation.reason)


def _more(deviation: Deviation, parameters: Mapping[str, Scalar]) -> float:
    return sum(each * (1.0 if name == "request" else float(parameters[name])) for name, each in deviation.more.items())


def _connections(figures: Figures, parameters: Mapping[str, Scalar]) -> Iterable[Finding]:
    if "POOL_SIZE" not in parameters:
        return
    workers, pool = int(parameters.get("WORKERS", 1)), int(parameters["POOL_SIZE"])
    cap = workers * pool
    for measure, seen in (
        ("connections opened", figures.connections_opened),
        ("connections at once", figures.connections_peak),
    ):
        if seen is not None:
            yield Finding(
                measure,
                f"at most {cap}",
                str(seen),
                f"in all; {workers} workers x POOL_SIZE {pool}",
                "as agreed" if seen <= cap else "undeclared",
            )


def _behaviour(figures: Figures) -> Iterable[Finding]:
    yield Finding(
        ANSWERS,
        str(figures.requests),
        str(figures.answered),
        "in all",
        _agreed(figures.answered == figures.requests),
        ", ".join(f"{count} x {name}" for name, count in figures.errors.items())
        + (f"; its log ends with: {figures.last_words}" if figures.last_words else ""),
    )
    if figures.data_unchanged is not None:
        yield Finding(
            "rows at the end",
            "as before",
            "as before" if figures.data_unchanged else "changed",
            "in the database",
            "as agreed" if figures.data_unchanged else "undeclared",
            "" if figures.data_unchanged else "requests leave rows behind, or change those that were there",
        )
    for missing, status in figures.answered_without.items():
        failed = status >= 500  # noqa: PLR2004 - HTTP's own number
        yield Finding(
            f"answer without {missing}",
            "an error of status 5xx",
            f"status {status}",
            "of one request",
            "as agreed" if failed else "undeclared",
            "" if failed else "a failure is swallowed",
        )


def _facts(figures: Figures, parameters: Mapping[str, Scalar], built_with: Iterable[BuiltWith]) -> Iterable[Finding]:
    facts = figures.facts
    if facts is None:
        yield Finding("GET /facts", "a JSON object", "none", "", "undeclared", "what the target is cannot be read back")
        return
    debug = facts.get("debug")
    yield Finding("debug", "off", "off" if debug is False else f"{debug!r}", "in facts", _agreed(debug is False))
    for name, value in parameters.items():
        seen = facts.get(name.lower())
        # What a target does not use here it may leave out: a pool without a database.
        if seen is not None:
            yield Finding(name, str(value), str(seen), "in facts", _agreed(seen == value))
    for argument in built_with:
        if argument.fact is not None:
            yield _obeyed(argument, argument.fact, facts)


def _obeyed(argument: BuiltWith, fact: str, facts: Mapping[str, object]) -> Finding:
    """Hold an image to what it was built with: a version may be told with more parts than were asked for."""
    told: object = facts
    for part in fact.split("."):
        told = told.get(part) if isinstance(told, Mapping) else None
    seen = "none" if told is None else str(told)
    obeyed = seen == argument.value or seen.startswith(f"{argument.value}.")
    reason = "" if obeyed else "the image was built with another value, or does not use it"
    return Finding(argument.name, argument.value, seen, f"{fact} in facts", _agreed(obeyed), reason)


def _agreed(is_so: bool) -> FindingState:  # noqa: FBT001 - one argument, named by the function
    return "as agreed" if is_so else "undeclared"
