"""The seconds of one trial in Vega-Lite, a chart a strip; the reader chooses the trial.

All strips of a workload share a parameter; the first has the list to choose from, and the page makes one choice of it.
"""

from collections.abc import Sequence

import altair as alt

from fwcompare.reporting.chart_series import COLOURS
from fwcompare.reporting.chart_timeseries import STRIPS, TrialStrips
from fwcompare.reporting.chart_vega import POINTS, WHOLE, Row, Spec, finish, legend, short

_LINES = "lines"
_DASHES = ([1, 0], [6, 3], [2, 2], [8, 3, 2, 3])
_HEIGHT = 160


def strip_charts(trials: Sequence[TrialStrips], choice: str) -> dict[str, Spec]:
    """Draw each strip that any trial has, in the order of :data:`STRIPS`.

    :param choice: the parameter that they share: which of the trials is shown.
    """
    known = [name for name in STRIPS if any(name in trial.strips for trial in trials)]
    # All strips have the same seconds, so that what happened together stands together.
    longest_s = max((max(strip.at_s) for trial in trials for strip in trial.strips.values()), default=0.0)
    return {name: _strip(trials, name, choice, longest_s, chooses=name == known[0]) for name in known}


def _strip(trials: Sequence[TrialStrips], name: str, choice: str, longest_s: float, *, chooses: bool) -> Spec:
    with_it = [(number, trial.strips[name]) for number, trial in enumerate(trials) if name in trial.strips]
    lines = list(dict.fromkeys(line for _, strip in with_it for line, _ in strip.columns))
    # A line is a short number in the rows, which are many; its name is looked up.
    keys = [f"v{place}" for place in range(len(lines))]
    rows: list[Row] = []
    for number, strip in with_it:
        columns = {keys[lines.index(line)]: values for line, values in strip.columns}
        for place, at_s in enumerate(strip.at_s):
            values = {key: short(column[place]) for key, column in columns.items() if column[place] is not None}
            rows.append({"n": number, "t": short(at_s), **values})
    names = [trial.name for trial in trials]
    chosen = alt.param(
        name=choice,
        value=0,
        # A list of one is no choice.
        bind=alt.binding_select(options=list(range(len(names))), labels=names, name="trial ")
        if chooses and len(names) > 1
        else alt.Undefined,
    )
    scale_of_lines = [COLOURS[place % len(COLOURS)] for place in range(len(lines))]
    base = (
        alt.Chart(alt.NamedData(POINTS))
        .transform_filter(f"datum.n == {choice}")
        .transform_fold([*keys], as_=["k", "y"])
        .transform_filter("isValid(datum.y)")
        .transform_lookup(lookup="k", from_=alt.LookupData(data=alt.NamedData(_LINES), key="k", fields=["s"]))
        .encode(
            x=alt.X(
                "t:Q",
                title="seconds of the measured window",
                scale=alt.Scale(domain=[0, longest_s], nice=False),
                axis=alt.Axis(format=WHOLE, tickCount=8, grid=False),
            ),
            y=alt.Y("y:Q", title=STRIPS[name], scale=alt.Scale(zero=True), axis=alt.Axis(format=WHOLE, tickCount=4)),
            color=alt.Color(
                "s:N", sort=None, scale=alt.Scale(domain=lines, range=scale_of_lines), legend=legend(lines, "stroke")
            ),
            tooltip=[
                alt.Tooltip("s:N", title="of"),
                alt.Tooltip("t:Q", title="second", format=",.3~f"),
                alt.Tooltip("y:Q", title=STRIPS[name], format=",.4~g"),
            ],
        )
    )
    dash = alt.StrokeDash(
        "s:N",
        sort=None,
        scale=alt.Scale(domain=lines, range=[_DASHES[place % len(_DASHES)] for place in range(len(lines))]),
        legend=legend(lines, "stroke"),
    )
    chart = alt.layer(
        base.mark_line(strokeWidth=1.8).encode(strokeDash=dash),
        # Nothing is seen of them; they are what the pointer finds.
        base.mark_point(size=60, opacity=0).add_params(chosen),
    )
    looked_up: list[Row] = [{"k": key, "s": line} for key, line in zip(keys, lines, strict=True)]
    return finish(chart, {POINTS: rows, _LINES: looked_up}, height=_HEIGHT)
