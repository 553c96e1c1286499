"""Three workloads beside the built-in ones, a target that serves them, and a scenario."""

from collections.abc import Iterable
from pathlib import Path

from fwcompare import Target, Workload, hookimpl
from fwcompare_more_workloads.json_echo import JSON_ECHO
from fwcompare_more_workloads.notes import NOTES
from fwcompare_more_workloads.updates import UPDATES

_HERE = Path(__file__).parent


@hookimpl
def fwcompare_workloads() -> Iterable[Workload]:
    """Offer ``json-echo``, ``updates`` and ``notes``."""
    return (JSON_ECHO, UPDATES, NOTES)


@hookimpl
def fwcompare_targets() -> Iterable[Target]:
    """Offer ``starlette-asyncpg``."""
    return Target.from_file(_HERE / "target.toml")


@hookimpl
def fwcompare_scenarios() -> Iterable[Path]:
    """Offer ``fwcompare run more-workloads``."""
    return (_HERE / "scenarios",)
