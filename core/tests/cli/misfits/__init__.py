"""A plugin for tests: one sound target and several that go wrong, each in its own way."""

from collections.abc import Iterable
from pathlib import Path

from fwcompare import Target, hookimpl


@hookimpl
def fwcompare_targets() -> Iterable[Target]:
    return Target.from_file(Path(__file__).with_name("target.toml"))
