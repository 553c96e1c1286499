"""One load on a terminal: what came, how long each step took, the distribution, and the verdict in words.

Written as plain aligned lines of at most 80 columns; a terminal adds bold, dim and colour, and nothing else, so that
a log holds the same text. Leaves out the JSON (``model/load_report.py`` is its form) and says nothing of a session's
trials (``terminal.py``). The sentences are in ``load_words.py`` and
``load_notes.py``.
"""

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from rich.console import Console
from rich.text import Text

from fwcompare.model.load_report import QUANTILES, Bar, Endpoint, LoadReport, Times
from fwcompare.reporting.figures import MISSING, number, one_line
from fwcompare.reporting.load_notes import notes
from fwcompare.reporting.load_words import arithmetic, facts, headline, model

_WIDTH: Final = 80
_LABEL: Final = 13
_GAP: Final = "  "
_COLUMNS: Final = ("p50", "p90", "p99", "max")
_BY_REQUEST: Final = ("p50", "p90", "p99")
_CUT: Final = "..."
_VERDICT_STYLES: Final = {"ok": "green", "saturated": "yellow", "generator-limited": "red"}
_BAR_WIDTH: Final = 36


@dataclass(frozen=True)
class _Line:
    text: str
    style: str = ""


def print_load(report: LoadReport, console: Console) -> None:
    """Print what one load found."""
    full_blocks = console.encoding.lower().startswith("utf")
    for line in _lines(report, bar="█" if full_blocks else "#"):
        console.print(Text(line.text, style=line.style), soft_wrap=True)


def _lines(report: LoadReport, *, bar: str) -> Iterator[_Line]:
    yield from _said(headline(report), style="bold")
    yield from _said(model(report), style="dim")
    yield _Line("")
    yield from _decomposition(report)
    yield _Line("")
    yield from _percentiles(*_main_times(report))
    if report.histogram:
        yield _Line("")
        yield from _histogram(report.histogram, _main_times(report)[0], bar)
    if len(report.endpoints) > 1:
        yield _Line("")
        yield from _by_request(report.endpoints)
    yield _Line("")
    for label, text in facts(report):
        yield from _said(text, label=label)
    style = _VERDICT_STYLES[report.verdict]
    yield from _said(f"{report.verdict}: {report.verdict_reason}", label="verdict", style=style)
    yield from _said(arithmetic(report), label=" ", style=style)
    for note in notes(report):
        # What a target said may be one long word.
        yield from _said(note, label="note", style="yellow", whole_words=False)


def _main_times(report: LoadReport) -> tuple[str, Times]:
    """Give the distribution that the load is about."""
    return ("service", report.service_ms) if report.response_ms is None else ("response", report.response_ms)


def _decomposition(report: LoadReport) -> Iterator[_Line]:
    """Show the way of a request: due, sent, first byte, complete."""
    steps = [
        ("wait", "due -> sent", report.wait_ms),
        ("lag", "the generator's part", report.lag_ms),
        ("ttfb", "sent -> first byte", report.ttfb_ms),
        ("service", "sent -> complete", report.service_ms),
        ("", "other answers", report.http_error_service_ms if report.http_error_service_ms.count else None),
        ("response", "due -> complete", report.response_ms),
        ("connect", "opening, apart", report.connect_ms if report.connect_ms.count else None),
    ]
    rows = [
        (name, step, f"{seen.count:,}", *(_figure(seen, column) for column in _COLUMNS))
        for name, step, seen in steps
        if seen is not None
    ]
    yield from _table(("ms", "from -> to", "samples", *_COLUMNS), rows, words=2)


def _percentiles(name: str, seen: Times) -> Iterator[_Line]:
    if not seen.count:
        yield _Line(f"{name} time: no samples, so no percentiles", style="dim")
        return
    rows = [("mean", _figure(seen, "mean"), f"{seen.count:,} samples")]
    for quantile, q in QUANTILES.items():
        beyond = round(seen.count * (1 - q))
        rows.append((quantile.replace("_", "."), _figure(seen, quantile), f"{beyond:,} beyond"))
    rows.append(("max", _figure(seen, "max"), ""))
    yield from _table((name, "ms", "samples"), rows)
    missing = [quantile.replace("_", ".") for quantile in QUANTILES if getattr(seen, quantile) is None]
    if missing:
        yield from _said(f"{', '.join(missing)}: fewer than 10 samples lie beyond", style="dim")
    if seen.at_least:
        yield from _said(">= marks a lower bound: some requests were given up, and count as ended then", style="dim")


def _figure(seen: Times, column: str) -> str:
    value: float | None = getattr(seen, column)
    if value is None:
        return MISSING
    return f">= {number(value)}" if column in seen.at_least else number(value)


def _histogram(bars: Sequence[Bar], name: str, block: str) -> Iterator[_Line]:
    most = max(bar.count for bar in bars)
    yield _Line(f"{name} time, ms (equal steps of a logarithmic scale)", style="bold")
    edges = [(f"{bar.from_ms:,.10g}", f"{bar.to_ms:,.10g}") for bar in bars]
    widths = [max(len(edge[side]) for edge in edges) for side in (0, 1)]
    for bar, (low, high) in zip(bars, edges, strict=True):
        # A bar that holds anything can be seen.
        length = max(round(bar.count / most * _BAR_WIDTH), int(bar.count > 0))
        text = f"{low:>{widths[0]}} - {high:>{widths[1]}}  {block * length:<{_BAR_WIDTH}}  {bar.count:,}"
        yield _Line(text)


def _by_request(endpoints: Sequence[Endpoint]) -> Iterator[_Line]:
    """Show the account and the service times of each request, its name cut to what the figures leave."""
    headers = ("sent", "ok", "errors", *_BY_REQUEST)
    figures = [
        (
            f"{one.sent:,}",
            f"{one.ok:,}",
            f"{one.http_errors + one.transport_errors + one.timeouts:,}",
            *(_figure(one.service_ms, column) for column in _BY_REQUEST),
        )
        for one in endpoints
    ]
    taken = sum(len(_GAP) + max(len(row[place]) for row in (headers, *figures)) for place in range(len(headers)))
    names = [_cut(one_line(one.name), _WIDTH - taken) for one in endpoints]
    rows = [(name, *row) for name, row in zip(names, figures, strict=True)]
    yield from _table((_cut("request (service ms)", _WIDTH - taken), *headers), rows)


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: max(width - len(_CUT), 0)]}{_CUT}"


def _table(headers: Sequence[str], rows: Sequence[Sequence[str]], *, words: int = 1) -> Iterator[_Line]:
    """Align columns: the first ``words`` to the left, figures to the right."""
    table = [headers, *rows]
    widths = [max(len(row[place]) for row in table) for place in range(len(headers))]
    for row in table:
        cells = [
            cell.ljust(width) if place < words else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        yield _Line(_GAP.join(cells).rstrip(), style="bold" if row is headers else "")


def _said(text: str, *, label: str = "", style: str = "", whole_words: bool = True) -> Iterator[_Line]:
    """Wrap a sentence, behind a label or from the margin."""
    lead = label.ljust(_LABEL) if label else ""
    for line in textwrap.wrap(
        text,
        _WIDTH,
        initial_indent=lead,
        subsequent_indent=" " * len(lead),
        break_on_hyphens=False,
        break_long_words=not whole_words,
    ):
        yield _Line(line, style=style)
