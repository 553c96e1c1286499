"""A run as one document of a chosen form, for whoever wants it elsewhere than in the run's folder."""

import io
from collections.abc import Callable, Mapping
from typing import Final

from rich.console import Console

from fwcompare.model.ports import Report
from fwcompare.reporting.csv_table import csv_text
from fwcompare.reporting.html_page import render_page
from fwcompare.reporting.markdown import league_lines, render
from fwcompare.reporting.summary_json import json_text
from fwcompare.reporting.terminal import print_summary

_WIDTH: Final = 120


def text(report: Report) -> str:
    """Give what the terminal shows, without colours."""
    file = io.StringIO()
    print_summary(report, Console(file=file, highlight=False, width=_WIDTH))
    return file.getvalue()


def league_table(report: Report) -> str:
    """Give the league table alone, in GitHub's Markdown, with the reasons behind its marks: to be pasted somewhere."""
    return "\n".join(league_lines(report)).rstrip() + "\n"


FORMATS: Final[Mapping[str, Callable[[Report], str]]] = {
    "markdown": render,
    "csv": csv_text,
    "json": json_text,
    "gfm": league_table,
    "html": render_page,
    "text": text,
}
"""What writes each form, by its name."""
