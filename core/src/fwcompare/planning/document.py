"""From the text of a file that a person wrote to a model of it, or to every problem with its line and column.

Text in, value out: whoever calls this has read the file. Knows nothing of what stands in the file; that is the model's,
and each kind of file has a module of its own (``scenario_file.py``, ``flows_file.py``). JSON is YAML, so both are read.
"""

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from fwcompare.errors import ScenarioError

M = TypeVar("M", bound=BaseModel)

# What ruamel's constructors raise beside their own errors: for a month 13, `!!bool maybe`, a list as a key.
UNREADABLE: Final = (ValueError, TypeError, KeyError, RecursionError)
"""What :func:`read_yaml` raises beside :class:`~ruamel.yaml.error.YAMLError`."""


@dataclass(frozen=True)
class Document:
    """Keys and values of a file, and where each of them stands.

    :param name: kind and name of the file, for messages: ``scenario users.yaml``.
    :param source: its name alone.
    :param hint: what to do when it has a problem.
    """

    name: str
    source: str
    hint: str
    raw: dict[str, Any]
    tree: Node | None


def read_document(text: str, *, kind: str, source: str, hint: str) -> Document:
    """Read YAML 1.2 or JSON.

    :raises ScenarioError: it is neither, or no mapping.
    """
    name = f"{kind} {source}"
    try:
        tree = _composed(text)
        raw = read_yaml(text)
    except UNREADABLE as error:
        place = _position(_unreadable(tree), ())
        seen = f"{source}:{place}: a value cannot be read: {error}"
        raise ScenarioError(f"{name} is not valid YAML", seen=seen, expected="quotes around text", hint=hint) from error
    except YAMLError as error:
        raise ScenarioError(f"{name} is not valid YAML", seen=_marked(source, error), hint=hint) from error
    if not isinstance(raw, dict):
        raise ScenarioError(f"{name} is empty or not a mapping", expected="keys and values", hint=hint)
    return Document(name, source, hint, raw, tree)


def validated(document: Document, model: type[M], set_by: Mapping[tuple[str, ...], str] | None = None) -> M:
    """Check a document and fill in the model's defaults.

    :param set_by: what set a key instead of the file, by the key's path, such as ``--set load.duration=3s``.
    :raises ScenarioError: every problem with ``file:line:column``, or what set the key.
    """
    try:
        return model.model_validate(document.raw)
    except ValidationError as error:
        problems = [_problem(problem, document, model, set_by or {}) for problem in error.errors()]
        count = "a problem" if len(problems) == 1 else f"{len(problems)} problems"
        raise ScenarioError(f"{document.name} has {count}", seen="\n".join(problems), hint=document.hint) from error


def read_yaml(text: str) -> object:
    """Give what a text of YAML 1.2 holds.

    :raises ruamel.yaml.error.YAMLError: it is no YAML.
    :raises ValueError: or another of :data:`UNREADABLE`; a value is none of its kind, such as a date of month 13.
    """
    return _yaml().load(text)


def in_words(problem: Mapping[str, Any]) -> str:
    """Give the message of one of pydantic's problems the way it is told here."""
    message = str(problem["msg"]).removeprefix("Value error, ")
    return f"{message[0].lower()}{message[1:]}"


def _yaml() -> YAML:
    # Pure and safe: YAML 1.2, so `no` stays a word and `012` is 12, and a duplicate key is refused.
    return YAML(typ="safe", pure=True)


def _composed(text: str) -> Node | None:
    try:
        tree: Node | None = _yaml().compose(text)
    except RecursionError as error:
        raise YAMLError("it is nested too deeply") from error
    return tree


def _unreadable(tree: Node | None) -> Node | None:
    """Find the first value that cannot be read; the whole, where none is to blame alone."""
    waiting, seen = [tree], set[int]()
    while waiting:
        node = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, ScalarNode):
            try:
                _yaml().constructor.construct_document(node)
            except UNREADABLE:
                return node
        elif isinstance(node, SequenceNode):
            waiting += reversed(node.value)
        elif isinstance(node, MappingNode):
            waiting += [part for pair in reversed(node.value) for part in reversed(pair)]
    return tree


def _marked(source: str, error: YAMLError) -> str:
    mark = (error.problem_mark or error.context_mark) if isinstance(error, MarkedYAMLError) else None
    where = f"{source}:{mark.line + 1}:{mark.column + 1}" if mark else source
    problem = error.problem if isinstance(error, MarkedYAMLError) else None
    # ruamel's advice on a duplicate key speaks to programmers; its first line says all a user needs.
    return f"{where}: {(problem or str(error)).splitlines()[0]}"


def _problem(
    problem: Mapping[str, Any],
    document: Document,
    model: type[BaseModel],
    set_by: Mapping[tuple[str, ...], str],
) -> str:
    *above, last = problem["loc"] or ("",)
    # A key that somebody wrote may look like one of pydantic's own.
    path = (*_in_file(above), last) if problem["type"] == "extra_forbidden" else _in_file(problem["loc"])
    name = ".".join(str(part) for part in path)
    where = next(
        (by for key, by in set_by.items() if tuple(map(str, path))[: len(key)] == key),
        f"{document.source}:{_position(document.tree, path)}",
    )
    if problem["type"] == "extra_forbidden":
        return f"{where}: {name} is not a known key{_suggest(str(path[-1]), _keys_at(model, path[:-1]))}"
    if problem["type"] == "missing":
        return f"{where}: {name} is missing"
    return f"{where}: {name + ': ' if name else ''}{in_words(problem)}"


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


def _keys_at(model: type[BaseModel], path: Sequence[str | int]) -> list[str]:
    """Give the keys that the schema allows at ``path``."""
    schema = model.model_json_schema()
    definitions = schema.get("$defs", {})
    place: dict[str, Any] = schema
    for part in path:
        # A mapping whose keys are free has one form for all its values.
        free = next(iter(place.get("patternProperties", {}).values()), place.get("additionalProperties") or {})
        place = place.get("items", {}) if isinstance(part, int) else place.get("properties", {}).get(part, free)
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
