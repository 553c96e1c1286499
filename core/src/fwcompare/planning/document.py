"""From the text of a file that a person wrote to a model of it, or to every problem with its line and column.

Text in, value out: whoever calls this has read the file. Knows nothing of what stands in the file; that is the model's,
and each kind of file has a module of its own (``scenario_file.py``, ``flows_file.py``). JSON is YAML, so both are read.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from fwcompare.errors import ScenarioError
from fwcompare.model.schema_problems import SchemaProblem, problems_of

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
        problems = [_placed(problem, document, set_by or {}) for problem in problems_of(error, model)]
        count = "a problem" if len(problems) == 1 else f"{len(problems)} problems"
        raise ScenarioError(f"{document.name} has {count}", seen="\n".join(problems), hint=document.hint) from error


def read_yaml(text: str) -> object:
    """Give what a text of YAML 1.2 holds.

    :raises ruamel.yaml.error.YAMLError: it is no YAML.
    :raises ValueError: or another of :data:`UNREADABLE`; a value is none of its kind, such as a date of month 13.
    """
    return _yaml().load(text)


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


def _placed(problem: SchemaProblem, document: Document, set_by: Mapping[tuple[str, ...], str]) -> str:
    path = tuple(map(str, problem.path))
    where = next(
        (by for key, by in set_by.items() if path[: len(key)] == key),
        f"{document.source}:{_position(document.tree, problem.path)}",
    )
    return f"{where}: {problem.words}"


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
