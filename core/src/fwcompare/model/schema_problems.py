"""What is wrong with something a person wrote, in words for that person instead of pydantic's for a programmer.

Knows nothing of the file it was written in: whoever read that adds the line.
"""

import difflib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pydantic import BaseModel, ValidationError

from fwcompare.model.toml_lines import KeyPath


@dataclass(frozen=True)
class SchemaProblem:
    """One problem: the keys and positions that lead to it, and what it is, with those in front."""

    path: KeyPath
    words: str


def problems_of(error: ValidationError, model: type[BaseModel]) -> list[SchemaProblem]:
    """Give every problem, in the order in which pydantic found them; what only follows from another is left out.

    :param model: what was validated against, for the keys that it knows.
    """
    problems = error.errors()
    meant = {(*path[:-1], near) for path, near in _misspelt(problems, model)}
    paths = [_path(problem) for problem in problems]
    return [
        _problem(problem, path, model)
        for problem, path in zip(problems, paths, strict=True)
        if not (problem["type"] == "missing" and path in meant)
        # An item with a problem is no item to pydantic.
        and not (problem["type"] == "too_short" and any(_is_below(other, path) for other in paths))
    ]


def did_you_mean(word: str, known: Sequence[str]) -> str:
    """Give the end of a sentence about an unknown word: the nearest that is known, or else all."""
    near = difflib.get_close_matches(word, known, n=1)
    if near:
        return f"; did you mean {near[0]!r}?"
    return f"; expected one of {', '.join(known)}" if known else ""


def _misspelt(problems: Iterable[Mapping[str, Any]], model: type[BaseModel]) -> Iterator[tuple[KeyPath, str]]:
    for problem in problems:
        if problem["type"] == "extra_forbidden":
            path = _path(problem)
            for near in difflib.get_close_matches(str(path[-1]), _keys_at(model, path[:-1]), n=1):
                yield path, near


def _is_below(path: KeyPath, above: KeyPath) -> bool:
    return len(path) > len(above) and path[: len(above)] == above


def _path(problem: Mapping[str, Any]) -> KeyPath:
    *above, last = problem["loc"] or ("",)
    # A key that somebody wrote may look like one of pydantic's own.
    return (*_in_file(above), last) if problem["type"] == "extra_forbidden" else _in_file(problem["loc"])


def _problem(problem: Mapping[str, Any], path: KeyPath, model: type[BaseModel]) -> SchemaProblem:
    name = ".".join(str(part) for part in path)
    if problem["type"] == "extra_forbidden":
        suggestion = did_you_mean(str(path[-1]), _keys_at(model, path[:-1]))
        return SchemaProblem(path, f"{name} is not a known key{suggestion}")
    if problem["type"] == "missing":
        return SchemaProblem(path, f"{name} is missing")
    return SchemaProblem(path, f"{name + ': ' if name else ''}{in_words(problem)}")


def _in_file(location: Iterable[str | int]) -> KeyPath:
    """Drop what pydantic adds for its own validators, which is no place in the file."""
    return tuple(part for part in location if isinstance(part, int) or "[" not in part)


_KINDS: Final[Mapping[type, str]] = {
    type(None): "nothing",
    bool: "true or false",
    int: "a number",
    float: "a number",
    str: "text",
    list: "a list",
    dict: "keys and values",
}


def _instead(problem: Mapping[str, Any]) -> str:
    # The kind and not the value, which may hold a password.
    kind = _KINDS.get(type(problem["input"]))
    return f", not {kind}" if kind else ""


def _at_least(problem: Mapping[str, Any]) -> str:
    least = problem["ctx"]["min_length"]
    return "expected one at least" if least == 1 else f"expected {least} at least"


_IN_WORDS: Final[Mapping[str, Callable[[Mapping[str, Any]], str]]] = {
    "too_short": _at_least,
    "string_too_short": lambda _: "expected some text",
    "string_type": lambda problem: f"expected text{_instead(problem)}",
    "tuple_type": lambda problem: f"expected a list{_instead(problem)}",
    "list_type": lambda problem: f"expected a list{_instead(problem)}",
    "dict_type": lambda problem: f"expected keys and values{_instead(problem)}",
    "model_type": lambda problem: f"expected keys and values{_instead(problem)}",
}


def in_words(problem: Mapping[str, Any]) -> str:
    """Give what one of pydantic's problems says, the way it is told here."""
    of_ours = _IN_WORDS.get(problem["type"])
    if of_ours is not None:
        return of_ours(problem)
    message = str(problem["msg"]).removeprefix("Value error, ")
    return f"{message[0].lower()}{message[1:]}"


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
