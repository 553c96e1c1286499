"""Turns the text of a flows file into :class:`FlowsFile`, or says what is wrong at which line and column."""

from fwcompare.model.flows import FlowsFile
from fwcompare.planning.document import read_document, validated


def parse_flows(text: str, source: str) -> FlowsFile:
    """Check the file of ``fwcompare load --flows`` and fill in its defaults.

    :param text: YAML 1.2 or JSON.
    :param source: the file's name, for messages.
    :raises ScenarioError: every problem with ``file:line:column``.
    """
    hint = "fwcompare schema flows    prints what may stand in a flows file"
    return validated(read_document(text, kind="flows file", source=source, hint=hint), FlowsFile)
