"""What to ask of the target, in what order, and which answers are right.

Texts may hold ``{name}``, where ``name`` is one of the spec's ``values``; any other brace stands for itself. Holds
values only: they are checked when the load is started.
"""

from dataclasses import dataclass, field
from typing import Literal, TypeAlias


@dataclass(frozen=True, slots=True, kw_only=True)
class Expect:
    """Which answers count as ok; all that is stated must hold. By default, those of status 200 to 299.

    An answer that does not is an HTTP error, whatever its status, and counted in :attr:`LoadResult.unexpected`.

    :param statuses: the right ones, 200 to 999; none for 200 to 299.
    :param headers: name and value of fields that must be there; blanks around a value are left out. 64 at most.
    :param body_contains: bytes that the body holds somewhere. Bodies of more than 16 MiB fail this and the next.
    :param json: what the body is, as JSON: order of keys and blanks aside. ``1`` and ``1.0`` differ.
    :param json_every: compare the JSON in every so many-th flow only, as parsing takes the client's time.
    """

    statuses: tuple[int, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    body_contains: bytes | None = None
    json: str | None = None
    json_every: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One request of a flow.

    :param path: path and query, beginning with ``/``. Values are percent-encoded in it.
    :param method: as in :class:`LoadSpec`.
    :param headers: as in :class:`LoadSpec`.
    :param body: as in :class:`LoadSpec`. Values stand in it as they are.
    :param name: in results; empty for method and path.
    :param expect: which answers are right.
    """

    path: str
    method: str = "GET"
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    name: str = ""
    expect: Expect = field(default_factory=Expect)


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """Requests that follow each other on one connection, each sent once the one before had the answer it should have.

    In the closed model each connection carries one flow after the other. In the open one an arrival starts a flow, and
    each further step is due when the answer before it is complete. A flow ends with its last step, or with an answer
    that is not right.

    :param steps: one at least; at most 256 in all flows together.
    :param weight: how often it is chosen, against the weights of the other flows; 1 to 1,000,000.
    """

    steps: tuple[Step, ...]
    weight: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Counter:
    """The number of the flow plus ``start``: unique within a load, its warm-up included."""

    start: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Uuid:
    """A random UUID, drawn from the load's seed: the same load has the same ones again."""

    version: Literal[4] = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class RandomInt:
    """A whole number from ``low`` to ``high``, both of them in it, all alike likely; not unique."""

    low: int
    high: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """These texts in turn, and from the first again. Two values of as many texts stay in step."""

    texts: tuple[str, ...]


Value: TypeAlias = Counter | Uuid | RandomInt | Rows
"""What differs from flow to flow, and is the same in all steps of one."""
