"""``summary.json``: the summary as it is, in full precision; its schema is ``fwcompare schema summary``."""

from collections.abc import Iterable
from pathlib import Path

from fwcompare.model.ports import Report


class SummaryJsonReporter:
    """Writes ``summary.json``."""

    @property
    def name(self) -> str:
        """The name of the format."""
        return "json"

    def write(self, report: Report) -> Iterable[Path]:
        """Write the summary, with the schema's own field names and a line feed at the end."""
        path = report.folder / "summary.json"
        path.write_text(json_text(report), encoding="utf-8")
        return [path]


def json_text(report: Report) -> str:
    """Give the whole document."""
    return report.summary.model_dump_json(by_alias=True, indent=2) + "\n"
