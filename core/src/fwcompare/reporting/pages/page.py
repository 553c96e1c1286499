"""One way to make a page: a Jinja template, charts, flamegraphs, and a policy that lets nothing else run.

Everything a page needs is inside it, so that it opens from a mail or a disk without a network. Text from outside (a
target's name, a reason, a log) only ever passes through Jinja's escaping or a JSON block; the content security policy
names the hash of each script that may run, so that even markup that slipped through would do nothing.

Charts are Vega-Lite specifications, embedded as JSON with their rows as lists of values, and drawn by the bundle that
``vl-convert`` carries, in its interpreter (``ast``), which needs no ``eval``. A flamegraph is inferno's SVG in a frame
of its own without rights, with a field to search it by.
"""

import base64
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from fwcompare.reporting import figures
from fwcompare.reporting.document import is_nested, leaf
from fwcompare.reporting.pages.charts_script import charts_script
from fwcompare.reporting.pages.grid import grid_html

_SCRIPT = re.compile(r"<script[^>]*>(.*?)</script>", re.DOTALL)
_CDATA = re.compile(r"<!\[CDATA\[(.*?)\]\]>", re.DOTALL)
_HANDLER = re.compile(r'<svg\b[^>]*?\sonload="([^"]*)"')

_BAR_PX = 44
"""How high the bar above a flamegraph is."""

Chart = Mapping[str, object]
"""A Vega-Lite specification."""


class Page:
    """A page in the making.

    In its template, ``page.section`` begins a part that the contents list, ``page.chart`` and ``page.flamegraph`` put
    things where they belong, and the filter ``grid`` lays out a table.

    :param title: of the window.
    :param live: let its scripts ask the server that it came from; a page in a file never may.
    :param extras: files beside this one that only some pages need: style sheets (``.css``) and scripts (``.js``).
    """

    def __init__(self, title: str, *, live: bool = False, extras: Sequence[str] = ()) -> None:
        self.title = title
        self._live = live
        self._extras = extras
        self._charts: dict[str, Chart] = {}
        self._hashes: set[str] = set()
        self._sections: dict[str, str] = {}

    def render(self, template: str, **context: object) -> str:
        """Give the whole page.

        :param template: a file beside this one; it gives what stands within ``<main>``.
        """
        environment = _environment()
        body = environment.get_template(template).render(page=self, **context)
        body = "".join([*(f"<style>\n{text}</style>\n" for text in self._extra_texts(".css")), body])
        scripts = [*([charts_script()] if self._charts else []), _text("page.js"), *self._extra_texts(".js")]
        return environment.get_template("base.html").render(
            title=self.title,
            policy=self._policy(scripts),
            style=Markup(_text("page.css")),  # noqa: S704 - a file of ours
            sections=tuple(self._sections.items()),
            body=Markup(body),  # noqa: S704 - a template made it, with escaping
            charts={name: _json(chart) for name, chart in self._charts.items()},
            scripts=[Markup(script) for script in scripts],  # noqa: S704 - files of ours and of vl-convert
        )

    def section(self, name: str, title: str) -> Markup:
        """Begin a part of the page with a heading, which the contents beside the page lead to.

        :param name: of the part within the page's address.
        """
        self._sections[name] = title
        return Markup('<h2 id="{}">{}</h2>').format(name, title)

    def chart(self, name: str, chart: Chart, words: str) -> Markup:
        """Place a chart.

        :param name: of the chart within the page.
        :param words: what it shows, for those who do not see it.
        """
        self._charts[name] = chart
        # What the reader may choose from would be no part of an image.
        role = "group" if _asks(chart) else "img"
        return Markup('<div class="chart" data-chart="{}" role="{}" aria-label="{}"></div>').format(name, role, words)

    def flamegraph(self, svg: str, title: str) -> Markup:
        """Place a flamegraph, which zooms at a click and finds frames, in a frame that may do nothing else."""
        for script in _SCRIPT.findall(svg):
            # In HTML, the marks of CDATA within an SVG are not part of its script.
            self._hashes.add(_hash("".join(_CDATA.findall(script)) or script))
        self._hashes.update(_hash(handler) for handler in _HANDLER.findall(svg))
        self._hashes.add(_hash(_text("frame.js")))
        height = re.search(r'<svg\b[^>]*?\sheight="(\d+)"', svg)
        framed = (
            _environment()
            .get_template("frame.html")
            .render(
                title=title,
                script=Markup(_text("frame.js")),  # noqa: S704 - a file of ours
                svg=Markup(svg[svg.index("<svg") :] if "<svg" in svg else escape(svg)),  # noqa: S704 - the frame has no rights
            )
        )
        return Markup(
            '<iframe class="flamegraph" sandbox="allow-scripts" title="{}" height="{}" data-svg="{}"></iframe>'
        ).format(title, _BAR_PX + int(height[1]) if height else _BAR_PX + 400, framed)

    def _extra_texts(self, suffix: str) -> list[str]:
        return [_text(name) for name in self._extras if name.endswith(suffix)]

    def _policy(self, scripts: list[str]) -> str:
        hashes = " ".join(sorted({*self._hashes, *map(_hash, scripts)}))
        handlers = " 'unsafe-hashes'" if self._hashes else ""
        own = "; connect-src 'self'; form-action 'self'" if self._live else "; form-action 'none'"
        return (
            f"default-src 'none'; script-src {hashes}{handlers}; style-src 'unsafe-inline'; img-src data:{own}; "
            "base-uri 'none'"
        )


def _asks(chart: Chart) -> bool:
    params = chart.get("params", ())
    return isinstance(params, Sequence) and any(isinstance(one, Mapping) and "bind" in one for one in params)


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("fwcompare.reporting", "pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        number=lambda value: figures.MISSING if value is None else figures.number(value),
        percent=lambda value: figures.MISSING if value is None else figures.percent(value),
        one_line=figures.one_line,
        grid=grid_html,
        leaf=leaf,
    )
    environment.tests["nested"] = is_nested
    return environment


@lru_cache
def _text(name: str) -> str:
    return files("fwcompare.reporting.pages").joinpath(name).read_text(encoding="utf-8")


def _json(chart: Chart) -> Markup:
    datasets = chart.get("datasets")
    if isinstance(datasets, Mapping):
        chart = {**chart, "datasets": {name: _packed(rows) for name, rows in datasets.items()}}
    return Markup(json.dumps(chart, allow_nan=False, separators=(",", ":")).replace("<", "\\u003c"))  # noqa: S704 - no tag can begin in it


def _packed(rows: Sequence[Mapping[str, object]]) -> Mapping[str, object]:
    """Write the names of the fields once, which ``page.js`` undoes: they are more than half of the data.

    A row ends with the last field that it has, and one that it lacks before that is null, which is not drawn either.
    """
    fields = list(dict.fromkeys(field for row in rows for field in row))
    return {"fields": fields, "rows": [_values(row, fields) for row in rows]}


def _values(row: Mapping[str, object], fields: Sequence[str]) -> list[object]:
    values = [_short(row.get(field)) for field in fields]
    while values and values[-1] is None:
        values.pop()
    return values


def _short(value: object) -> object:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _hash(script: str) -> str:
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return f"'sha256-{digest}'"
