"""``report.html``: the page of ``report.md`` as one self-contained file that a browser opens without a network.

Made from the same Markdown, so that the two never differ; the plots are inside it, the flamegraphs are linked
beside it. A content security policy forbids everything that is not in the file.
"""

import base64
from collections.abc import Iterable
from html import escape
from importlib.resources import files
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

from fwcompare.model.ports import Report
from fwcompare.reporting.markdown import render

_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


class HtmlReporter:
    """Writes ``report.html``; the plots must have been written before."""

    @property
    def name(self) -> str:
        """The name of the format."""
        return "html"

    def write(self, report: Report) -> Iterable[Path]:
        """Write the page."""
        path = report.folder / "report.html"
        path.write_text(render_page(report), encoding="utf-8")
        return [path]


def render_page(report: Report) -> str:
    """Give the whole page."""
    # Raw HTML stays off: what a target may have put into a name or a reason is text.
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = parser.parse(render(report))
    for token in tokens:
        for child in token.children or ():
            if child.type == "image":
                _embed(child, report.folder)
    body = parser.renderer.render(tokens, parser.options, {})
    # A wide table scrolls by itself, so that the page does not.
    body = body.replace("<table>", '<div class="wide" tabindex="0"><table>').replace("</table>", "</table></div>")
    style = files("fwcompare.reporting").joinpath("report.css").read_text(encoding="utf-8")
    return (
        "<!doctype html>\n"
        '<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(report.run)}</title>\n<style>\n{style}</style>\n</head>\n"
        f"<body>\n<main>\n{body}</main>\n</body>\n</html>\n"
    )


def _embed(image: Token, folder: Path) -> None:
    """Put a plot into the page; one that was not written leaves its title as text."""
    plot = folder / str(image.attrs["src"])
    if plot.is_file():
        image.attrs["src"] = "data:image/png;base64," + base64.b64encode(plot.read_bytes()).decode()
    else:
        image.type, image.tag, image.content = "text", "", f"({image.content} was not drawn)"
