"""Addresses within the application, and the trail at the top of every page that leads back."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, urlencode

from markupsafe import Markup

HOME: Final = ("runs", "/")
Step = tuple[str, str]
"""What a link says, and where it leads."""


def run_link(run: str) -> str:
    """Address the page of a run."""
    return f"/runs/{quote(run, safe='')}/"


def report_link(run: str) -> str:
    """Address the report of a run."""
    return f"{run_link(run)}report"


def live_link(run: str) -> str:
    """Address the page that watches a run."""
    return f"{run_link(run)}live"


def document_link(run: str, name: str) -> str:
    """Address a file of a run by its path within the run directory."""
    return run_link(run) + quote(name)


def flamegraph_link(run: str, cell: str, block: str) -> str:
    """Address the flamegraph of a trial."""
    return f"{run_link(run)}flamegraph?{urlencode({'cell': cell, 'block': block})}"


def history_link(target: str) -> str:
    """Address the history of a target."""
    return f"/history?{urlencode({'target': target})}"


def asking(path: str, **values: object) -> str:
    """Add a query to a path; what is None or empty is left out, and a sequence gives its name several times."""
    given = {name: value for name, value in values.items() if value not in (None, "", (), [], False)}
    return f"{path}?{urlencode(given, doseq=True)}" if given else path


@dataclass(frozen=True)
class Choice:
    """Other ways to see the same page: what is chosen, and for every way what it is called and where it leads."""

    what: str
    ways: Sequence[Step]


def with_trail(page: str, trail: Sequence[Step], here: str, choice: Choice | None = None) -> str:
    """Give a whole page with the trail at its top.

    Pages that are also written to files (a report, a matrix) know nothing of the application; their trail is put in
    here. No text of a run stands before the first ``<body>``, unescaped, so that it is the page's own.

    :param trail: from the list of runs down to where the page belongs.
    :param here: what the page is.
    :param choice: other ways to see it, below the trail.
    """
    items: Iterable[Markup] = (Markup('<li><a href="{}">{}</a></li>').format(where, said) for said, where in trail)
    nav = Markup(
        '<nav class="trail" aria-label="where you are"><ol>{}<li aria-current="page">{}</li></ol>{}</nav>'
    ).format(Markup().join(items), here, _choice(choice))
    return _BODY.sub(lambda found: f"{found[0]}\n<style>{_STYLE}</style>\n{nav}", page, count=1)


def _choice(choice: Choice | None) -> Markup:
    if choice is None or not choice.ways:
        return Markup()
    ways = (Markup('<a href="{}">{}</a>').format(where, said) for said, where in choice.ways)
    return Markup("<p>{}: {}</p>").format(choice.what, Markup(", ").join(ways))


_BODY: Final = re.compile(r"<body\b[^>]*>")
_STYLE: Final = (
    ".trail { grid-column: 1 / -1; width: 100%; max-width: 80rem; box-sizing: border-box; margin: 0 auto; "
    "padding: .8rem 1rem 0; font-size: .9rem; overflow-wrap: anywhere; } "
    ".trail ol { display: flex; flex-wrap: wrap; gap: .2rem .5rem; margin: 0; padding: 0; list-style: none; } "
    ".trail p { margin: .3rem 0 0; } "
    '.trail li + li::before { content: "/ "; } @media print { .trail { display: none; } }'
)
