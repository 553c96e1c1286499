"""The comparison as tables on the terminal and as one JSON document."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Final

from fwcompare.model.summary import Interval
from fwcompare.telemetry.host import describe_host
from loadgen_bench.comparing import Outcome, Plan
from loadgen_bench.footprint import CONNECTIONS, LONG_S, MANY_CONNECTIONS, MOST_MIB, SHORT_S, Footprint, Many
from loadgen_bench.ratios import Ratio, figure_of, goal_verdict, ratio_of
from loadgen_bench.tools import OURS

SCHEMA: Final = 1
"""Version of the form of the JSON document."""

NOTES: Final = (
    "client CPU time is the kernel's account of the process; of ours, of the thread that sends, in its window",
    "ratios are paired by block: geometric mean, 95 % t-interval on logarithms; a goal is reached by the lower bound",
    "'core' is the share of its core that the client used: well below 100 %, the server was the limit of its rate",
)


def case_table(outcome: Outcome) -> list[str]:
    """Give a case as lines."""
    case, rounds = outcome.case, outcome.rounds
    lines = [
        f"{case.title}; compared by {case.figure}",
        f"  {'':<8}{'requests/s':>12}{'per CPU s':>12}{'core':>6}{'blocks':>8}  {'ours / it (95 %)':<24}goal",
    ]
    for tool in outcome.tools:
        kept = rounds.kept(tool)
        if not kept:
            lines.append(f"  {tool:<8}disturbed in every block")
            continue
        rate = _mean(figure_of({block: one.rate_rps for block, one in kept.items()}))
        per_cpu_s = _mean(figure_of({block: one.per_cpu_s for block, one in kept.items()}))
        busy = sum(one.busy_share for one in kept.values()) / len(kept)
        ratio = None if tool == OURS.name else _ratio(outcome, tool)
        verdict = "" if tool == OURS.name else goal_verdict(ratio, case.goals.get(tool))
        row = f"  {tool:<8}{rate:>12,.0f}{per_cpu_s:>12,.0f}{busy:>6.0%}{len(kept):>8}  {_told(ratio):<24}{verdict}"
        lines.append(row.rstrip())
    lines += [f"  {tool:<8}not applicable: {reason}" for tool, reason in outcome.refusals.items()]
    discarded = rounds.discarded
    lines.append(f"  discarded as disturbed: {len(discarded)} of {len(rounds.repetitions)} loads")
    lines += [f"    block {one.block + 1}, {one.tool}: {one.reason}" for one in discarded]
    return lines


def footprint_table(rows: Sequence[Footprint], many: Many) -> list[str]:
    """Give the memory of all tools as lines."""
    lines = [
        f"most resident memory, {CONNECTIONS:,} connections, nginx",
        f"  {'':<8}{f'after {SHORT_S} s':>12}{f'after {LONG_S} s':>12}{'requests':>12}  goal",
    ]
    for row in rows:
        reached = "reached" if row.constant and row.long_mib <= MOST_MIB else "not reached"
        goal = f"<= {MOST_MIB:.0f} MiB, constant: {reached}" if row.tool == OURS.name else ""
        line = f"  {row.tool:<8}{row.short_mib:>8.1f} MiB{row.long_mib:>8.1f} MiB{row.long_requests:>12,}  {goal}"
        lines.append(line.rstrip())
    works = "works" if many.established == MANY_CONNECTIONS else "does not work"
    lines.append(
        f"  ours with {MANY_CONNECTIONS:,} connections: {works}: {many.established:,} established,"
        f" {many.requests:,} requests, none failed, {many.peak_mib:.1f} MiB"
    )
    return lines


def left_out_lines(left_out: Mapping[str, str]) -> list[str]:
    """Say which tools were not compared."""
    return [f"left out: {tool}: {reason}" for tool, reason in left_out.items()]


def document(
    plan: Plan,
    versions: Mapping[str, str],
    left_out: Mapping[str, str],
    outcomes: Sequence[Outcome],
    memory: tuple[Sequence[Footprint], Many] | None,
) -> dict[str, object]:
    """Give all of it as JSON values."""
    return {
        "schema": SCHEMA,
        "machine": asdict(describe_host()),
        "versions": dict(versions),
        "left_out": dict(left_out),
        "seed": plan.seed,
        "blocks": plan.blocks,
        "seconds": plan.seconds,
        "notes": list(NOTES),
        "cases": [_case(outcome) for outcome in outcomes],
        "memory": None
        if memory is None
        else {
            "connections": CONNECTIONS,
            "tools": [asdict(row) | {"constant": row.constant} for row in memory[0]],
            "many": asdict(memory[1]),
        },
    }


def _case(outcome: Outcome) -> dict[str, object]:
    ratios = {tool: _ratio(outcome, tool) for tool in outcome.tools if tool != OURS.name}
    return {
        "name": outcome.case.name,
        "title": outcome.case.title,
        "figure": outcome.case.figure.value,
        "refusals": outcome.refusals,
        "ratios": {tool: None if ratio is None else asdict(ratio) for tool, ratio in ratios.items()},
        "goals": {tool: goal_verdict(ratios.get(tool), goal) for tool, goal in outcome.case.goals.items()},
        "repetitions": [
            {
                "block": one.block,
                "tool": one.tool,
                "discarded": one.reason,
                "requests": one.measured.said.requests,
                "seconds": one.measured.said.seconds,
                "client_cpu_s": one.measured.cpu_s,
                "client_process_cpu_s": one.measured.process_cpu_s,
                "rate_rps": one.measured.rate_rps,
                "per_cpu_s": one.measured.per_cpu_s,
                "signs": asdict(one.measured.signs),
            }
            for one in outcome.rounds.repetitions
        ],
    }


def _ratio(outcome: Outcome, peer: str) -> Ratio | None:
    ours, theirs = (
        {block: outcome.case.figure.of(one) for block, one in outcome.rounds.kept(tool).items()}
        for tool in (OURS.name, peer)
    )
    return ratio_of(ours, theirs)


def _mean(interval: Interval | None) -> float:
    return float("nan") if interval is None else interval.mean


def _told(ratio: Ratio | None) -> str:
    if ratio is None:
        return ""
    if ratio.low is None or ratio.high is None:
        return f"{ratio.mean:.2f} (one block)"
    return f"{ratio.mean:.2f} ({ratio.low:.2f} to {ratio.high:.2f})"
