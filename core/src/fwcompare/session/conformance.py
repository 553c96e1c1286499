"""Before any load: is the target up, is it really ours that answers, and is the answer right?

A target that answers wrongly takes no load, since how fast it is wrong is of no interest.
"""

import json
from collections.abc import Callable, Mapping
from pathlib import Path

from fwcompare.errors import TargetError
from fwcompare.model.asks import Ask, asks
from fwcompare.model.ports import Clock, Http, RunningTarget
from fwcompare.model.quantities import Scalar
from fwcompare.model.target import Target
from fwcompare.model.workload import Answer, Request, Workload

_POLL_S = 0.05
_PROBE_TIMEOUT_S = 2.0
ANSWER_TIMEOUT_S = 10.0
_LONGEST_LINE = 300
_LOG_LINES = 8
_ROUNDS = 2
_SHOWN_BYTES = 120


def wait_until_ready(
    target: Target, running: RunningTarget, http: Http, clock: Clock, log: Path, check_stop: Callable[[], None]
) -> None:
    """Wait until ``GET /health`` answers 200 and the port is held by the target itself.

    :raises TargetError: when it exits or is not ready within its ``ready_timeout``, with the end of its log.
    """
    limit_s = target.ready_timeout.total_seconds()
    deadline = clock.monotonic() + limit_s
    last = "no answer yet"
    url = f"{running.url}/health"
    while True:
        check_stop()
        code = running.exit_code()
        if code is not None:
            raise TargetError(
                f"target {target.name!r} exited at start",
                seen=f"exit code {code}; last answer of GET {url}: {last}",
                expected="a server that keeps running",
                details=log_tail(log),
                hint=f"fwcompare up {target.name}    starts it alone, with its log on the terminal",
            )
        try:
            answer = http.ask(url, Request(), _PROBE_TIMEOUT_S)
            if answer.status == 200:  # noqa: PLR2004 - HTTP's own number
                break
            last = f"status {answer.status}"
        except OSError as error:
            last = str(error)
        if clock.monotonic() >= deadline:
            raise TargetError(
                f"target {target.name!r} never became ready",
                seen=f"waited {limit_s:g} s for GET {url} to answer 200; last answer: {last}",
                details=log_tail(log),
                hint=f"fwcompare up {target.name}    starts it alone, with its log on the terminal",
            )
        clock.sleep(_POLL_S)
    stranger = running.stranger()
    if stranger:
        raise TargetError(
            f"target {target.name!r} does not hold its own port",
            seen=f"{running.url} is served by {stranger}",
            expected="a process that the target started",
            hint="end that process, or leave the port free to choose",
        )


def requests_of_check(workload: Workload) -> int:
    """Give how many requests of each step, or of the one request, :func:`check_answer` makes."""
    return 1 if workload.request is not None else _ROUNDS


def check_answer(
    target: Target,
    workload: Workload,
    parameters: Mapping[str, Scalar],
    running: RunningTarget,
    http: Http,
    log: Path,
    *,
    turn: int = 0,
    answered: Callable[[Ask], None] = lambda _: None,
) -> None:
    """Ask the workload's request once, or every step of its flows twice, and hold each answer to the contract.

    The second time the values are others; a step that says so must then be answered otherwise.

    :param parameters: those that the target was started with.
    :param turn: how many checks this life of the target has had before: values come in no second one.
    :param answered: is told of each request that has been answered, right or wrong.
    :raises TargetError: with the differences, or when there is no answer within 10 s.
    """
    rounds = requests_of_check(workload)
    before: dict[str, Answer] = {}
    for number in range(turn * rounds, (turn + 1) * rounds):
        for ask in asks(workload, target.workloads[workload.name], number * len(workload.flows)):
            answer = _answer(target, workload, ask, running, http, log)
            answered(ask)
            differences = ask.differences(answer, parameters)
            if ask.distinct and ask.label in before and _same_body(before[ask.label], answer):
                differences.append(f"body: {answer.body[:80]!r} again, expected another answer in each flow")
            if differences:
                raise TargetError(
                    f"target {target.name!r} answers workload {workload.name!r} wrongly",
                    seen="\n".join(differences),
                    details=[f"request: {ask.request.method} {running.url}{ask.path}", *_body_of(ask)],
                    hint=f"fwcompare verify {target.name} --workload {workload.name}",
                )
            before[ask.label] = answer


def _answer(target: Target, workload: Workload, ask: Ask, running: RunningTarget, http: Http, log: Path) -> Answer:
    url = running.url + ask.path
    try:
        return http.ask(url, ask.request, ANSWER_TIMEOUT_S)
    except OSError as error:
        raise TargetError(
            f"target {target.name!r} does not answer workload {workload.name!r}",
            seen=f"{ask.request.method} {url}: {error}",
            expected=f"an answer within {ANSWER_TIMEOUT_S:g} s",
            details=log_tail(log),
            hint=f"fwcompare verify {target.name} --workload {workload.name}",
        ) from error


def _same_body(one: Answer, other: Answer) -> bool:
    try:
        return bool(json.loads(one.body) == json.loads(other.body))
    except ValueError:
        return one.body == other.body


def _body_of(ask: Ask) -> list[str]:
    """Give the body of a step's request, in which values stand; that of the one request is the same ever."""
    return [f"body: {ask.request.body[:_SHOWN_BYTES]!r}"] if ask.label and ask.request.body else []


def read_facts(running: RunningTarget, http: Http) -> Mapping[str, object] | None:
    """Read what the target says it is; None when it says nothing usable."""
    try:
        answer = http.ask(f"{running.url}/facts", Request(), ANSWER_TIMEOUT_S)
        facts = json.loads(answer.body)
    except (OSError, ValueError):
        return None
    return facts if isinstance(facts, dict) else None


def log_tail(log: Path) -> list[str]:
    """Give the end of a log, each line marked, under the path of the whole."""
    tail = [f"     > {line}" for line in _lines(log)[-_LOG_LINES:] if line.strip()]
    return [f"log: {log}" + ("" if tail else " (empty)"), *tail]


def last_line(log: Path) -> str:
    """Give the last line of a log that is not blank, such as that of a traceback; empty where there is none."""
    return next((line.strip()[:_LONGEST_LINE] for line in reversed(_lines(log)) if line.strip()), "")


def _lines(log: Path) -> list[str]:
    try:
        return log.read_text(encoding="utf-8", errors="replace").splitlines()
    except FileNotFoundError:
        return []
