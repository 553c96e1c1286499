"""What a load by hand asks for and which answers are right: one request, or the flows of a file.

The classes are the form of the file of ``fwcompare load --flows`` (``fwcompare schema flows``); texts become bytes as
they are read. :class:`Content` is what they come to, with the rows of files read.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Annotated, Any, Final, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, field_validator

from fwcompare.model.quantities import Strict, as_list
from fwcompare.model.values import Drawn, RandomInt, Uuid, ValueName, Written

T = TypeVar("T")

_JSON: Final = "mapping, list or number; a text is JSON as it stands, so that {name} may stand for a number"
_JSON_TYPE: Final = "application/json"


def _encoded(value: object) -> object:
    if not isinstance(value, str | bytes):
        raise ValueError(f"{value!r} is no text; put it in quotes")  # noqa: TRY004 - pydantic takes a ValueError
    return value.encode() if isinstance(value, str) else value


def _as_json(value: object) -> str:
    if isinstance(value, str):
        return value
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    except (TypeError, ValueError, RecursionError) as error:
        raise ValueError(f"cannot be written as JSON: {error}") from error


def _fields(value: object) -> object:
    if isinstance(value, tuple):
        return value
    if not isinstance(value, dict):
        raise ValueError("expected names and values, such as {accept: text/html}")  # noqa: TRY004 - as above
    for name, content in value.items():
        if not isinstance(name, str) or not isinstance(content, str):
            raise ValueError(f"{name}: {content!r} is no text; put it in quotes")  # noqa: TRY004 - as above
    return tuple(value.items())


def _not_empty(items: tuple[T, ...]) -> tuple[T, ...]:
    if not items:
        raise ValueError("expected one at least")
    return items


def _from_the_root(path: str) -> str:
    if not path.startswith("/"):
        raise ValueError(f"{path!r} is no path; expected path and query, beginning with /")
    return path


Text = Annotated[bytes, BeforeValidator(_encoded, json_schema_input_type=str)]
JsonText = Annotated[str, BeforeValidator(_as_json, json_schema_input_type=Any)]
Headers = Annotated[tuple[tuple[str, str], ...], BeforeValidator(_fields, json_schema_input_type=dict[str, str])]
Status = Annotated[int, Field(ge=200, le=999)]


class Expect(Strict):
    """Which answers are right: all that is stated must hold; where nothing is, those of status 200 to 299."""

    status: Annotated[
        tuple[Status, ...],
        BeforeValidator(as_list, json_schema_input_type=int | list[int]),
        Field(strict=False, description="one or several; none for 200 to 299"),
    ] = ()
    headers: Headers = Field(default=(), description="fields that must be there, with these values")
    body: Text | None = Field(default=None, description="what the body holds somewhere")
    json_text: JsonText | None = Field(default=None, alias="json", description=f"what the body is, as JSON: {_JSON}")
    json_every: int = Field(default=1, ge=1, description="compare the JSON in every so many-th flow only")

    @field_validator("json_every")
    @classmethod
    def _of_json(cls, every: int, info: ValidationInfo) -> int:
        if info.data.get("json_text", "") is None:
            raise ValueError("there is no `json` to compare; expected one beside it")
        return every

    def texts(self) -> Iterator[bytes]:
        """Give every text that may hold values."""
        yield from (content.encode() for _, content in self.headers)
        yield self.body or b""
        yield (self.json_text or "").encode()


class Step(Strict):
    """One request of a flow. Texts may hold ``{name}``, which stands for a value."""

    path: Annotated[str, AfterValidator(_from_the_root)] = Field(description="path and query; values are encoded in it")
    method: str = "GET"
    headers: Headers = Field(default=(), description="names and values")
    body: Text | None = None
    json_text: JsonText | None = Field(default=None, alias="json", description=f"a body with its content type: {_JSON}")
    name: str = Field(default="", description="in the report; none for method and path")
    expect: Expect = Expect()

    @field_validator("json_text")
    @classmethod
    def _one_body(cls, text: str | None, info: ValidationInfo) -> str | None:
        if text is not None and info.data.get("body") is not None:
            raise ValueError("expected one of `body` and `json`")
        return text

    @property
    def label(self) -> str:
        """Its name in the report."""
        return self.name or f"{self.method} {self.path}"

    @property
    def content(self) -> bytes:
        """The body that is sent."""
        return (self.body or b"") if self.json_text is None else self.json_text.encode()

    @property
    def fields(self) -> tuple[tuple[str, str], ...]:
        """The header fields that are sent: a body of JSON says that it is one, unless something else is stated."""
        stated = any(name.lower() == "content-type" for name, _ in self.headers)
        return self.headers if self.json_text is None or stated else (*self.headers, ("content-type", _JSON_TYPE))

    def texts(self) -> Iterator[bytes]:
        """Give every text that may hold values."""
        yield self.path.encode()
        yield from (content.encode() for _, content in self.headers)
        yield self.content
        yield from self.expect.texts()


class Flow(Strict):
    """Requests that follow each other on one connection, until an answer is not right."""

    weight: int = Field(default=1, ge=1, le=1_000_000, description="how often it is chosen, against the others")
    steps: Annotated[tuple[Step, ...], Field(strict=False), AfterValidator(_not_empty)]


class FlowsFile(Strict):
    """What stands in the file of ``fwcompare load --flows``."""

    values: dict[ValueName, Written] = Field(
        default={},
        description="what {name} stands for in paths, header values, bodies and expectations, by name: "
        "counter[:START], uuid, random:LOW..HIGH, rows:FILE[:COLUMN], or the same as keys. Files are relative to this "
        "one. A value is the same in all steps of a flow",
    )
    flows: Annotated[tuple[Flow, ...], Field(strict=False), AfterValidator(_not_empty)]


@dataclass(frozen=True, kw_only=True)
class Content:
    """What is sent: the flows, or the one request that the other fields and the URL make up. May hold secrets."""

    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    expect: Expect = field(default_factory=Expect)
    flows: tuple[Flow, ...] = ()
    values: tuple[tuple[str, Drawn], ...] = ()

    @property
    def is_drawn(self) -> bool:
        """Whether anything of it is drawn at random."""
        return len(self.flows) > 1 or any(isinstance(value, Uuid | RandomInt) for _, value in self.values)

    def unused(self, url: str) -> list[str]:
        """Give the names of values that stand in no text."""
        texts = [url.encode(), *(text.encode() for _, text in self.headers), self.body, *self.expect.texts()]
        texts += [text for flow in self.flows for step in flow.steps for text in step.texts()]
        return [name for name, _ in self.values if not any(f"{{{name}}}".encode() in text for text in texts)]
