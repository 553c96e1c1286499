"""Under which conditions a run was made, as nested settings, and the command that makes it again."""

from collections.abc import Mapping

from fwcompare.model.plan import LoadPoint
from fwcompare.model.ports import Report
from fwcompare.model.quantities import format_duration
from fwcompare.model.warmup_settings import format_warmup
from fwcompare.reporting import figures
from fwcompare.reporting.capacity import search_sentences
from fwcompare.reporting.held_limits import held_limits
from fwcompare.reporting.load_point import settings


def conditions(report: Report) -> Mapping[str, object]:
    """Give everything that was chosen or found, by its name: nested mappings and lists of text and numbers."""
    scenario, load = report.scenario, report.scenario.load
    point = _any_load(report)
    rates = ", ".join(map(figures.number, load.rate or ()))
    beginning = " at the beginning" if load.stages else ""
    profiled = f", at {figures.number(load.stages[-1].rate)} req/s, where the stages end" if load.stages else ""
    length = f"{load.requests:,} requests" if load.duration is None else format_duration(load.duration)
    chosen = {
        "run": f"{report.run} ({report.summary.status})",
        "workload": ", ".join(scenario.workload),
        "runtime": ", ".join(scenario.runtime),
        "load": {
            "model": load.model,
            "connections": ", ".join(map(str, load.connections)),
            "measured window": length,
            "warm-up": format_warmup(load.warmup),
            "timeout": format_duration(load.timeout),
            "drain": format_duration(load.drain),
            "keep-alive": load.keepalive,
            **({"arrivals": f"{load.arrivals}, {rates} req/s{beginning}"} if load.rate else {}),
            **({} if point is None else settings(point)),
            **({"search": search_sentences(load)} if load.capacity else {}),
        },
        "profiled window": f"{format_duration(scenario.profile.duration)} at {scenario.profile.rate_hz} Hz, "
        f"after the measured one{profiled}",
        "order": _order(report),
        "parameters": scenario.parameters,
        "matrix": {name: ", ".join(map(str, values)) for name, values in scenario.matrix.items()},
    }
    return {**chosen, **held_limits(report.trials), **report.environment}


def _order(report: Report) -> str:
    """Say in which order it went and in how many blocks; where these were not fixed or some were run again, why."""
    searched = "searches in turn, in an order of their own each round" if report.plan.searches else ""
    if searched and not report.plan.cells:
        return f"{searched}, seed {report.plan.seed}"
    ending, fixed = report.ending, isinstance(report.scenario.repeats, int)
    blocks = figures.count(report.plan.repeats if ending is None else ending.blocks, "block")
    text = f"{searched}, then " if searched else ""
    text += f"randomised complete blocks, {'at most ' if ending is None and not fixed else ''}{blocks}"
    if ending is not None and ending.repeated:
        text += f", {figures.count(ending.repeated, 'further attempt')} at them"
    why = f"; {ending.why}" if ending is not None and not fixed else ""
    return f"{text}, seed {report.plan.seed}{why}"


def _any_load(report: Report) -> LoadPoint | None:
    """Give a load point of the run: all of them share what :func:`settings` tells."""
    cells = (*report.plan.every_cell, *(entry.cell for entry in report.plan.unsupported))
    return next((cell.load for cell in cells), None)


def command(report: Report) -> str:
    """Give the command that makes the run again, with the seed that fixes its order."""
    given = report.environment.get("command")
    said = given if isinstance(given, str) else f"fwcompare run {report.summary.scenario}"
    # When the user gave a seed, the command has it already.
    seed = f" --set seed={report.plan.seed}"
    return said if seed in said else said + seed
