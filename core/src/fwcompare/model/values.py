"""What differs from request to request, as a person writes it: one text, or keys.

``counter:5`` and ``{counter: {start: 5}}`` are the same. Holds what was written; the rows of a file are read by the
command line, and drawing is the load generator's.
"""

import re
from dataclasses import dataclass
from typing import Annotated, Final, TypeAlias

from pydantic import BeforeValidator, Field, TypeAdapter, ValidationInfo, field_validator, model_validator

from fwcompare.model.quantities import Strict

_FORMS: Final = "counter[:START], uuid, random:LOW..HIGH or rows:FILE[:COLUMN]"
_RANDOM: Final = re.compile(r"(?P<low>-?\d+)\.\.(?P<high>-?\d+)", re.ASCII)
# The suffix says where the file's name ends, as both it and the column may hold colons.
_ROWS: Final = re.compile(r"(?P<file>.+?\.(?:csv|jsonl|ndjson))(?::(?P<column>.+))?", re.IGNORECASE)


class Counter(Strict):
    """The number of the flow plus ``start``: unique within a load."""

    start: int = Field(default=1, ge=0, le=2**63 - 1)

    @property
    def written(self) -> str:
        """The text that stands for it."""
        return f"counter:{self.start}"


class Uuid(Strict):
    """A random UUID."""

    @property
    def written(self) -> str:
        """The text that stands for it."""
        return "uuid"


class RandomInt(Strict):
    """A whole number from ``low`` to ``high``, both of them in it; not unique."""

    low: int = Field(ge=-(2**63), le=2**63 - 1)
    high: int = Field(ge=-(2**63), le=2**63 - 1)

    @field_validator("high")
    @classmethod
    def _not_below(cls, high: int, info: ValidationInfo) -> int:
        if high < info.data.get("low", high):
            raise ValueError(f"{high} is below the low end, {info.data['low']}")
        return high

    @property
    def written(self) -> str:
        """The text that stands for it."""
        return f"random:{self.low}..{self.high}"


class RowsOf(Strict):
    """The rows of a file in turn, and from the first again."""

    file: str = Field(description="CSV with a header line (.csv) or JSON lines (.jsonl, .ndjson)")
    column: str | None = Field(default=None, description="may be left out where there is only one")

    @field_validator("file")
    @classmethod
    def _has_a_suffix(cls, file: str) -> str:
        if not file.lower().endswith((".csv", ".jsonl", ".ndjson")):
            raise ValueError(f"{file!r} is no file of rows; expected a name that ends in .csv, .jsonl or .ndjson")
        return file

    @property
    def written(self) -> str:
        """The text that stands for it."""
        return f"rows:{self.file}" + ("" if self.column is None else f":{self.column}")


@dataclass(frozen=True)
class RowTexts:
    """These texts in turn, and from the first again; ``written`` is what was written to ask for them."""

    texts: tuple[str, ...]
    written: str = "rows"


class ValueSettings(Strict):
    """A value as keys: exactly one of them."""

    counter: Counter | None = None
    uuid: Uuid | None = None
    random: RandomInt | None = None
    rows: RowsOf | None = None

    @model_validator(mode="before")
    @classmethod
    def _one_kind(cls, raw: object) -> object:
        if isinstance(raw, dict) and (len(raw) != 1 or None in raw.values()):
            raise ValueError("expected exactly one of `counter`, `uuid`, `random` and `rows`, such as {uuid: {}}")
        return raw

    @property
    def kind(self) -> Counter | Uuid | RandomInt | RowsOf:
        """The one that was given."""
        kinds: list[Counter | Uuid | RandomInt | RowsOf | None] = [self.counter, self.uuid, self.random, self.rows]
        (given,) = [kind for kind in kinds if kind is not None]
        return given


def _as_keys(value: object) -> object:
    if not isinstance(value, str):
        return value
    kind, colon, rest = value.partition(":")
    if kind == "uuid" and not colon:
        return {"uuid": {}}
    if kind == "counter" and (not colon or (rest.isascii() and rest.isdigit())):
        return {"counter": {"start": int(rest)} if colon else {}}
    if kind == "random" and (ends := _RANDOM.fullmatch(rest)):
        return {"random": {name: int(end) for name, end in ends.groupdict().items()}}
    if kind == "rows" and (parts := _ROWS.fullmatch(rest)):
        return {"rows": parts.groupdict()}
    if kind == "rows" and rest:
        return {"rows": {"file": rest}}
    raise ValueError(f"{value!r} is no value; expected {_FORMS}")


Written = Annotated[ValueSettings, BeforeValidator(_as_keys, json_schema_input_type=str | ValueSettings)]
"""A value as a text or as keys."""

ValueName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.\-]+$")]

Drawn: TypeAlias = Counter | Uuid | RandomInt | RowTexts
"""A value that a load can draw."""

_NAME: Final = TypeAdapter(ValueName)
_WRITTEN: Final[TypeAdapter[ValueSettings]] = TypeAdapter(Written)


def parse_value(text: str) -> tuple[str, ValueSettings]:
    """Read ``NAME=VALUE``, such as ``id=counter:5``.

    :raises ValueError: it has no name, or the value makes no sense (then a :class:`pydantic.ValidationError`).
    """
    name, equals, value = text.partition("=")
    if not (name and equals):
        raise ValueError(f"{text!r} is not understood; expected NAME={_FORMS}")
    return _NAME.validate_python(name), _WRITTEN.validate_python(value)
