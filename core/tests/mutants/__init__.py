"""A plugin for tests: one faithful target, and the same code with one misdeed each, which the audit must catch."""

from collections.abc import Iterable
from pathlib import Path

from fwcompare import Target, hookimpl


@hookimpl
def fwcompare_targets() -> Iterable[Target]:
    return Target.from_file(Path(__file__).with_name("target.toml"))
