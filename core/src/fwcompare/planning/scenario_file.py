"""Turns the text of a scenario file into a :class:`Scenario`, or says what is wrong at which line and column.

Text in, scenario out: whoever calls this has read the file. Adds to ``document.py`` what a scenario alone has: keys set
on the command line. Whether the names in it exist is asked later, by ``matrix.py``.
"""

from collections.abc import Sequence
from typing import Any, Final

from ruamel.yaml.error import YAMLError

from fwcompare.errors import ScenarioError
from fwcompare.model.quantities import redacted
from fwcompare.model.scenario import Scenario
from fwcompare.planning.document import UNREADABLE, read_document, read_yaml, validated

_HINT: Final = "fwcompare schema scenario    prints what may stand in a scenario"


def parse_scenario(text: str, source: str, overrides: Sequence[str] = ()) -> Scenario:
    """Check a scenario and fill in its defaults.

    :param text: YAML 1.2.
    :param source: the file's name, for messages.
    :param overrides: ``key=value`` with a dotted key, such as ``load.duration=3s``; the value is YAML.
    :raises ScenarioError: every problem with ``file:line:column``, or the override it stands in.
    """
    document = read_document(text, kind="scenario", source=source, hint=_HINT)
    overridden = {}
    for override in overrides:
        path, value = _split(override)
        _put(document.raw, path, value, override)
        overridden[path] = f"--set {redacted(override)}"
    return validated(document, Scenario, overridden)


def _split(override: str) -> tuple[tuple[str, ...], object]:
    key, equals, value = override.partition("=")
    if not equals or not key:
        raise ScenarioError(
            f"--set {redacted(override)!r} is not understood",
            expected="key=value, such as load.duration=3s",
            hint=_HINT,
        )
    try:
        return tuple(key.split(".")), read_yaml(value)
    except (YAMLError, *UNREADABLE) as error:
        raise ScenarioError(
            f"--set {redacted(override)!r}: the value is not valid YAML", seen=redacted(str(error))
        ) from error


def _put(raw: dict[str, Any], path: tuple[str, ...], value: object, override: str) -> None:
    place: dict[str, Any] = raw
    for part in path[:-1]:
        place = place.setdefault(part, {})
        if not isinstance(place, dict):
            raise ScenarioError(
                f"--set {redacted(override)!r}: {part!r} holds no keys", expected="a mapping there", hint=_HINT
            )
    if path == ("load", "duration"):
        place.pop("requests", None)
    elif path == ("load", "requests"):
        place.pop("duration", None)
    place[path[-1]] = value
