"""The plugin: what the target is stands in ``target.toml``, what it does in ``app``."""

from collections.abc import Iterable
from pathlib import Path

from fwcompare import Target, hookimpl

FWCOMPARE_API = 1
"""The version of the hooks that this was made for; an older fwcompare refuses it by name."""


@hookimpl
def fwcompare_targets() -> Iterable[Target]:
    """Offer what ``target.toml`` declares."""
    return Target.from_file(Path(__file__).with_name("target.toml"))
