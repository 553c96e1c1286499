"""``report.md``: the run on one page, for a reader on a code host.

Order: the answer, the league table, the verdicts, the pairs, the thresholds, the work, the facts that differ, the
plots, every trial with its gates, the blocks that do not count, the flamegraphs, the conditions, how to reproduce. Text
that came from outside is escaped by ``gfm.py``.
"""

from collections.abc import Iterable, Mapping
from itertools import combinations
from pathlib import Path

from fwcompare.model.measurement import Trial
from fwcompare.model.plan import LoadPoint
from fwcompare.model.ports import Report
from fwcompare.model.quantities import format_duration
from fwcompare.model.summary import Metric, PairSummary, PairVerdict
from fwcompare.model.warmup_settings import format_warmup
from fwcompare.reporting import figures
from fwcompare.reporting.answer import WORDS, PairBook, answer
from fwcompare.reporting.capacity import capacity_answer, level_sections, search_sentences
from fwcompare.reporting.gfm import bullets, code_block, escape, image, paragraph, table
from fwcompare.reporting.held_limits import held_limits
from fwcompare.reporting.league import Notes, columns, group_words, labels, limit_words, load_groups, row_texts
from fwcompare.reporting.load_point import settings
from fwcompare.reporting.plots import plots
from fwcompare.reporting.threshold_lines import HEADER as THRESHOLD_HEADER
from fwcompare.reporting.threshold_lines import threshold_headline, threshold_rows
from fwcompare.reporting.trials import TRIAL_HEADER, flamegraph_rows, trial_row
from fwcompare.reporting.work import HEADER, control_sentences, differing_facts, problem_sentences, work_name, work_rows

_METRICS: Mapping[Metric, str] = {
    "throughput_rps": "throughput",
    "cpu_ms_per_request": "CPU per request",
    "response_p99_ms": "response time p99",
}
_TIMES = {
    "closed": "Service time runs from the send to the last byte; in a closed model a request has no due time "
    "and so no response time.",
    "open": "Response time runs from when a request was due to the last byte, the waiting for a free connection "
    "included. Of a saturated target none is given: its times tell how the load was laid out, and grow with a backlog "
    "that grows.",
}
_CPU_WORDS: Mapping[PairVerdict, str] = {"faster": "less CPU", "slower": "more CPU"}


class MarkdownReporter:
    """Writes ``report.md``."""

    @property
    def name(self) -> str:
        """The name of the format."""
        return "markdown"

    def write(self, report: Report) -> Iterable[Path]:
        """Write the report; it links to plots and flamegraphs by relative paths."""
        path = report.folder / "report.md"
        path.write_text(render(report), encoding="utf-8")
        return [path]


def render(report: Report) -> str:
    """Give the whole document."""
    drawn = plots(report)
    answers = " ".join(said for said in (capacity_answer(report), answer(report)) if said)
    measured = bool(report.summary.cells) or not report.summary.capacities
    compared = [
        ["## League table", "", *_league(report)],
        ["## Verdicts", "", *_verdicts(report)],
        ["## Pairs", "", *_pairs(report)],
    ]
    sections = [
        [f"# {paragraph(report.scenario.title or report.summary.scenario)}", "", paragraph(answers)],
        *(compared if measured else []),
        *level_sections(report),
        *([["## Thresholds", "", *_thresholds(report)]] if report.summary.thresholds else []),
        *([["## Work", "", *_work(report)]] if report.audits else []),
        *([["## Facts that differ", "", *_facts(report)]] if differing_facts(report) else []),
        *([["## Plots", *(line for plot in drawn for line in ("", image(plot.title, plot.path)))]] if drawn else []),
        *([["## Trials", "", *_trials(report)]] if measured else []),
        *([["## Discarded blocks", "", *_discarded(report)]] if report.summary.discarded else []),
        ["## Flamegraphs", "", *_flamegraphs(report)],
        ["## Conditions", "", *_conditions(report)],
        ["## How to reproduce", "", *_reproduce(report)],
    ]
    return "\n\n".join("\n".join(section) for section in sections) + "\n"


def _league(report: Report) -> list[str]:
    names = labels(report.plan)
    notes = Notes()
    headings = [f"{column.title} {column.subtitle}".strip() for column in columns(report)]
    header = ["target", "load", *headings, "outcome"]
    rows = [
        [escape(names[cell.key]), group.label, *row_texts(report, cell, notes, full=True)]
        for group in load_groups(report)
        for cell in group.cells
    ]
    cells = report.summary.cells
    confidence = figures.setting_percent(report.summary.confidence)
    explained = " ".join(
        text
        for text in (
            f"Figures are geometric means over trials; brackets hold {confidence} intervals.",
            _TIMES[report.scenario.load.model],
            limit_words(cells),
            group_words(cells),
        )
        if text
    )
    return [
        *table(header, rows, right=range(1, len(header) - 1)),
        "",
        escape(explained),
        "",
        *(f"- {mark} {escape(reason)}" for mark, reason in notes.lines()),
    ]


def _verdicts(report: Report) -> list[str]:
    names = labels(report.plan)
    rows = [
        [escape(names[cell.key]), group.label, cell.verdict or "none", escape(cell.reasons.get("verdict", ""))]
        for group in load_groups(report)
        for cell in group.ranked
    ]
    if not rows:
        return ["No cell has a valid trial."]
    return [*table(["target", "load", "verdict", "evidence"], rows), "", "What bounded a cell, by who used its CPUs."]


def _discarded(report: Report) -> list[str]:
    rows = [[str(each.block), str(each.attempt), escape(each.reason)] for each in report.summary.discarded]
    explained = "Their trials stay in the table above. A block that was run again counts by its later attempt."
    return [*table(["block", "attempt", "why"], rows, right=(0, 1)), "", explained]


def _pairs(report: Report) -> list[str]:
    summary = report.summary
    names = labels(report.plan)
    book = PairBook(report)
    rows = [
        _pair_row(pair, group.load.connections, names)
        for group in load_groups(report)
        for metric in _METRICS
        for better, worse in combinations(group.ranked, 2)
        if (pair := book.find(better, worse, metric)) is not None
    ]
    if not rows:
        return ["No two cells of one load point have a valid trial."]
    explained = (
        "Ratios are taken block by block. Intervals are adjusted by Holm's procedure, so that all verdicts on one "
        f"load point and metric hold together with {figures.setting_percent(summary.confidence)} confidence. "
        f"Differences below {figures.setting_percent(summary.margin)} are of no interest."
    )
    header = ["a", "b", "connections", "metric", "a / b", "interval", "blocks", "verdict on a", "why"]
    return [*table(header, rows, right=(2, 4, 5, 6)), "", explained]


def _pair_row(pair: PairSummary, connections: int, names: Mapping[str, str]) -> list[str]:
    words = _CPU_WORDS if pair.metric == "cpu_ms_per_request" else {}
    return [
        escape(names[pair.a]),
        escape(names[pair.b]),
        str(connections),
        _METRICS[pair.metric],
        figures.MISSING if pair.ratio is None else figures.times(pair.ratio),
        figures.bounds(pair.low, pair.high).strip(" ()") or figures.MISSING,
        str(pair.blocks),
        words.get(pair.verdict, WORDS[pair.verdict]),
        escape(pair.reason),
    ]


def _thresholds(report: Report) -> list[str]:
    results = report.summary.thresholds
    explained = (
        "A threshold holds at a cell when the whole interval is on the right side; errors and peak RSS have none and "
        "are judged as measured. One that cannot be told is no pass."
    )
    rows = [[escape(text) for text in row] for row in threshold_rows(results)]
    return [threshold_headline(results), "", *table(THRESHOLD_HEADER, rows), "", explained]


def _work(report: Report) -> list[str]:
    explained = (
        "Counted in an unmeasured pass before the run: data statements by kind, transactions that wrote and were "
        "committed, temporary files and bytes received, per request; most connections, processes and threads at once. "
        "What a driver adds around the data statements is not compared."
    )
    return [
        *table(HEADER, [[escape(text) for text in row] for row in work_rows(report.audits)], right=range(1, 12)),
        "",
        explained,
        "",
        *(f"- {escape(sentence)}" for sentence in problem_sentences(report.audits)),
        *(f"- added by the driver: {escape(sentence)}" for sentence in control_sentences(report.audits)),
        *(f"- SQL of one request of {escape(work_name(audit))}: `{audit.sql}`" for audit in report.audits if audit.sql),
    ]


def _facts(report: Report) -> list[str]:
    header, *rows = differing_facts(report)
    return table([escape(name) for name in header], [[escape(text) for text in row] for row in rows])


def _trials(report: Report) -> list[str]:
    names = labels(report.plan)
    rows = [trial_row(trial, names[trial.planned.cell.key]) for trial in _in_order(report.trials)]
    if not rows:
        return ["No trial was run."]
    explained = (
        "Place is a trial's position in the order of the run. A quantile is not known (n/a) when fewer than 10 "
        "samples lie beyond it. What each gate saw is in `trials.jsonl`."
    )
    return [*table(TRIAL_HEADER, rows, right=(0, 1, 3, *range(6, 12))), "", explained]


def _flamegraphs(report: Report) -> list[str]:
    rows = flamegraph_rows(_in_order((*report.probes, *report.trials)))
    if not rows:
        return ["No trial was profiled."]
    header = ["trial", "flamegraph", "profiler", "samples", "busy threads", "rate Hz", "window s", "profiler CPU s"]
    return table(header, rows, right=(3, 4, 5, 6, 7))


def _conditions(report: Report) -> list[str]:
    scenario, load = report.scenario, report.scenario.load
    point = _any_load(report)
    rates = ", ".join(map(figures.number, load.rate or ()))
    beginning = " at the beginning" if load.stages else ""
    profiled = f", at {figures.number(load.stages[-1].rate)} req/s, where the stages end" if load.stages else ""
    length = f"{load.requests:,} requests" if load.duration is None else format_duration(load.duration)
    conditions = {
        "run": f"{report.run} ({report.summary.status})",
        "workload": ", ".join(scenario.workload),
        "runtime": scenario.runtime,
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
    return bullets({**conditions, **held_limits(report.trials), **report.environment})


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


def _reproduce(report: Report) -> list[str]:
    given = report.environment.get("command")
    command = given if isinstance(given, str) else f"fwcompare run {report.summary.scenario}"
    # The seed fixes the order; when the user gave one, the command has it already.
    seed = f" --set seed={report.plan.seed}"
    return code_block(command if seed in command else command + seed)


def _in_order(trials: Iterable[Trial]) -> list[Trial]:
    return sorted(trials, key=lambda trial: (trial.planned.position, trial.started_at))
