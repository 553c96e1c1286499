"""What differs between two runs: everything recorded of them, less what differs between any two.

Left out are times, the command line, how busy the host was, the order's seed and the number of blocks (a design, not
a cause), what is only shown, and the list of targets: a target has factors of its own. Null and "not recorded" are the
same here; where that may mean that a figure is not known, the factor is listed and not counted.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Protocol

from fwcompare.model.comparison import Factor
from fwcompare.model.scenario import Scenario

_Path = tuple[str, ...]

_PASSING: Final[frozenset[_Path]] = frozenset(
    {
        ("started",),
        ("finished",),
        ("host_check", "checked"),
        ("host_check", "client_ceiling"),
        ("host_check", "seen"),
        ("command",),
        ("sessions",),
        ("host", "load_average_1m"),
        ("host", "cpu_pressure_avg10"),
        ("host", "steal_share"),
    }
)
_SCENARIO_LEFT_OUT: Final = frozenset({"name", "title", "seed", "repeats", "disturbed", "targets", "compare", "assert"})
_TOOL: Final = ("fwcompare", "source", "load_generator")
_SOURCE: Final = "source"


class Recorded(Protocol):
    """What is recorded of a run: a report, or what its ``run.json`` holds."""

    @property
    def scenario(self) -> Scenario:
        """The resolved scenario."""
        ...

    @property
    def environment(self) -> Mapping[str, object]:
        """What it was made with."""
        ...


def factors(a: Recorded, b: Recorded, targets: Iterable[str]) -> list[Factor]:
    """List what differs, by path.

    :param targets: those that are compared; others have no factors.
    """
    compared = set(targets)
    left, right = _recorded(a, compared), _recorded(b, compared)
    paths = [path for path in sorted({*left, *right}) if left.get(path) != right.get(path)]
    return [
        Factor(
            path=".".join(path),
            a=left.get(path),
            b=right.get(path),
            target=path[1] if path[0] == "targets" else None,
            thing=_thing(path) if _known(path, left, right) else None,
        )
        for path in paths
    ]


def things_of(target: str, found: Iterable[Factor]) -> list[str]:
    """Name the things that differ for one target: its own, and those of every one.

    Its source counts only where nothing that the target says of itself differs: a new version of a framework changes
    both, and is one thing.
    """
    concerned = [one for one in found if one.thing is not None and one.target in (None, target)]
    things = list(dict.fromkeys(str(one.thing) for one in concerned))
    source = f"{target}: {_SOURCE}"
    said = any(one.target == target and one.thing != source for one in concerned)
    return [thing for thing in things if thing != source or not said]


def flattened(value: object, path: _Path = ()) -> dict[_Path, object]:
    """Give every leaf below ``value`` by its path; a list is a leaf, an empty mapping nothing."""
    if isinstance(value, Mapping):
        leaves: dict[_Path, object] = {}
        for name, inner in value.items():
            leaves |= flattened(inner, (*path, str(name)))
        return leaves
    if isinstance(value, Sequence) and not isinstance(value, str):
        return {path: list(value)}
    return {path: value}


def _recorded(report: Recorded, targets: set[str]) -> dict[_Path, object]:
    scenario = report.scenario.model_dump(mode="json", exclude={"thresholds"})
    kept = {name: value for name, value in scenario.items() if name not in _SCENARIO_LEFT_OUT}
    leaves = flattened(report.environment) | flattened(kept, ("scenario",))
    return {
        path: value
        for path, value in leaves.items()
        if path not in _PASSING and (path[0] != "targets" or path[1] in targets)
    }


def _known(path: _Path, a: Mapping[_Path, object], b: Mapping[_Path, object]) -> bool:
    """Tell whether the two are known to differ: both have a value, or having none means something."""
    if a.get(path) is not None and b.get(path) is not None:
        return True
    if path[0] in ("scenario", "limits") or (path[0] == "services" and "settings" in path):
        return True
    if path[0] == "targets" and len(path) > 3 and path[2] == "facts":  # noqa: PLR2004 - targets, name, facts, and one
        # A target that told nothing at all was not asked; one that has no ORM says null.
        return all(any(other[:3] == path[:3] and len(other) > 3 for other in side) for side in (a, b))  # noqa: PLR2004
    return False


def _thing(path: _Path) -> str:
    head = path[0]
    if head in _TOOL:
        return "fwcompare"
    if head == "limits" or path[:2] == ("scenario", "limits"):
        return "limits"
    if head == "targets":
        # `facts.framework.version` and `facts.framework.name` are of one thing.
        return f"{path[1]}: {path[3] if path[2] == 'facts' and len(path) > 3 else _SOURCE}"  # noqa: PLR2004 - as above
    if head == "services" and "settings" not in path:
        return f"service {path[1]}"
    return ".".join(path)
