"""Plays the cases: a server for each, all tools that can make its load, in blocks."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

from loadgen_bench.cases import Case
from loadgen_bench.measuring import Measured, measure
from loadgen_bench.rounds import Rounds, play
from loadgen_bench.running import CLIENT_CORE, SERVER_CORE
from loadgen_bench.servers import Server, nginx, stub_server
from loadgen_bench.tools.tool import Load, Tool

_OUR_WARMUP_S = 0.2
"""In which the connections open; the others count their own start, some milliseconds of a load of seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How much is measured, and in which order."""

    blocks: int
    seconds: int
    attempts: int
    seed: int
    stub_program: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A case that was played. ``refusals`` says by tool why it is not in it."""

    case: Case
    rounds: Rounds
    tools: tuple[str, ...]
    refusals: dict[str, str]


def compare(case: Case, tools: Sequence[Tool], plan: Plan, tell: Callable[[str], None]) -> Outcome:
    """Play one case.

    :raises BenchError: a server does not start, or a tool fails.
    """
    with _server(case, plan.stub_program) as server:
        load = Load(
            url=server.url,
            connections=case.connections,
            seconds=plan.seconds,
            keepalive=case.keepalive,
            warmup_s=_OUR_WARMUP_S,
            announced=not case.null_server,
        )
        refusals = {tool.name: reason for tool in tools if (reason := tool.refusal(load)) is not None}
        able = {tool.name: tool for tool in tools if tool.name not in refusals}

        def make(name: str, seconds: int) -> Measured:
            measured = measure(able[name], replace(load, seconds=seconds), server, core=CLIENT_CORE)
            signs = measured.signs
            tell(
                f"{case.name} {name:<7}{seconds} s {measured.rate_rps:>10,.0f}/s {measured.per_cpu_s:>10,.0f}/CPU s"
                f"  pressure {signs.pressure:.1%} steal {signs.steal:.1%} foreign {signs.foreign:.1%}"
            )
            return measured

        rounds = play(
            list(able),
            lambda name: make(name, plan.seconds),
            lambda name: make(name, 1),
            blocks=plan.blocks,
            attempts=plan.attempts,
            # Of the case too, so that leaving one out does not change the others' order.
            order=Random(f"{plan.seed}/{case.name}"),
        )
    return Outcome(case=case, rounds=rounds, tools=tuple(able), refusals=refusals)


def _server(case: Case, stub_program: Path) -> AbstractContextManager[Server]:
    return stub_server(stub_program, core=SERVER_CORE) if case.null_server else nginx()
