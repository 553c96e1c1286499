"""Turns the text of a scenario file into a :class:`Scenario`, or says what is wrong at which line and column.

Text in, scenario out: whoever calls this has read the file. Whether the names in it exist is asked later, by
``matrix.py``.
"""

import difflib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.nodes import MappingNode, Node, SequenceNode

from fwcompare.errors import ScenarioError
from fwcompare.model.scenario import Scenario

_HINT = "fwcompare schema scenario    prints what may stand in a scenario"


def parse_scenario(text: str, source: str, overrides: Sequence[str] = ()) -> Scenario:
    """Check a scenario and fill in its defaults.

    :param text: YAML 1.2.
    :param source: the file's name, for messages.
    :param overrides: ``key=value`` with a dotted key, such as ``load.duration=3s``; the value is YAML.
    :raises ScenarioError: every problem with ``file:line:column``, or the override it stands in.
    """
    try:
        raw = _yaml().load(text)
        tree = _yaml().compose(text)
    except MarkedYAMLError as error:
        raise ScenarioError(f"scenario {source} is not valid YAML", seen=_marked(source, error), hint=_HINT) from error
    if not isinstance(raw, dict):
        raise ScenarioError(f"scenario {source} is empty or not a mapping", expected="keys and values", hint=_HINT)
    overridden = {}
    for override in overrides:
        path, value = _split(override)
        _put(raw, path, value, override)
        overridden[path] = override
    try:
        return Scenario.model_validate(raw)
    except ValidationError as error:
        problems = [_problem(problem, tree, source, overridden) for problem in error.errors()]
        count = "a problem" if len(problems) == 1 else f"{len(problems)} problems"
        raise ScenarioError(f"scenario {source} has {count}", seen="\n".join(problems), hint=_HINT) from error


def _yaml() -> YAML:
    # Pure and safe: YAML 1.2, so `no` stays a word and `012` is 12, and a duplicate key is refused.
    return YAML(typ="safe", pure=True)


def _marked(source: str, error: MarkedYAMLError) -> str:
    mark = error.problem_mark or error.context_mark
    where = f"{source}:{mark.line + 1}:{mark.column + 1}" if mark else source
    # ruamel's advice on a duplicate key speaks to programmers; its first line says all a user needs.
    return f"{where}: {(error.problem or str(error)).splitlines()[0]}"


def _split(override: str) -> tuple[tuple[str, ...], object]:
    key, equals, value = override.partition("=")
    if not equals or not key:
        raise ScenarioError(
            f"--set {override!r} is not understood", expected="key=value, such as load.duration=3s", hint=_HINT
        )
    try:
        return tuple(key.split(".")), _yaml().load(value)
    except MarkedYAMLError as error:
        raise ScenarioError(f"--set {override!r}: the value is not valid YAML", seen=str(error.problem)) from error


def _put(raw: dict[str, Any], path: tuple[str, ...], value: object, override: str) -> None:
    place: dict[str, Any] = raw
    for part in path[:-1]:
        place = place.setdefault(part, {})
        if not isinstance(place, dict):
            raise ScenarioError(f"--set {override!r}: {part!r} holds no keys", expected="a mapping there", hint=_HINT)
    if path == ("load", "duration"):
        place.pop("requests", None)
    elif path == ("load", "requests"):
        place.pop("duration", None)
    place[path[-1]] = value


def _problem(
    problem: Mapping[str, Any], tree: Node | None, source: str, overridden: Mapping[tuple[str, ...], str]
) -> str:
    location: tuple[str | int, ...] = problem["loc"]
    path = _in_file(location)
    name = ".".join(str(part) for part in path)
    where = next(
        (f"--set {text}" for key, text in overridden.items() if tuple(map(str, path))[: len(key)] == key),
        f"{source}:{_position(tree, path)}",
    )
    if problem["type"] == "extra_forbidden":
        return f"{where}: {name} is not a known key{_suggest(str(path[-1]), _keys_at(path[:-1]))}"
    if problem["type"] == "missing":
        return f"{where}: {name} is missing"
    message = str(problem["msg"]).removeprefix("Value error, ")
    return f"{where}: {name + ': ' if name else ''}{message[0].lower()}{message[1:]}"


def _in_file(location: Iterable[str | int]) -> tuple[str | int, ...]:
    """Drop what pydantic adds for its own validators, which is no place in the file."""
    return tuple(part for part in location if isinstance(part, int) or "[" not in part)


def _position(node: Node | None, path: Sequence[str | int]) -> str:
    """Give ``line:column`` of the deepest part of ``path`` that stands in the file."""
    mark = node.start_mark if node is not None else None
    for part in path:
        if isinstance(node, MappingNode):
            pair = next(((key, value) for key, value in node.value if key.value == part), None)
            if pair is None:
                break
            mark, node = pair[0].start_mark, pair[1]
        elif isinstance(node, SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            mark = node.start_mark
        else:
            break
    return f"{mark.line + 1}:{mark.column + 1}" if mark is not None else "1:1"


def _keys_at(path: Sequence[str | int]) -> list[str]:
    """Give the keys that the schema allows at ``path``."""
    schema = Scenario.model_json_schema()
    definitions = schema.get("$defs", {})
    place: dict[str, Any] = schema
    for part in path:
        place = place.get("items", {}) if isinstance(part, int) else place.get("properties", {}).get(part, {})
        place = _with_keys(place, definitions)
    return list(place.get("properties", {}))


def _with_keys(place: dict[str, Any], definitions: Mapping[str, Any]) -> dict[str, Any]:
    """Follow a reference; of alternatives, such as a word or a mapping, take the one that has keys."""
    if "$ref" in place:
        return _with_keys(definitions[place["$ref"].rpartition("/")[2]], definitions)
    alternatives = (_with_keys(other, definitions) for other in place.get("anyOf", ()))
    return next((other for other in alternatives if "properties" in other), place)


def _suggest(word: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(word, known, n=1)
    if near:
        return f"; did you mean {near[0]!r}?"
    return f"; expected one of {', '.join(known)}" if known else ""
