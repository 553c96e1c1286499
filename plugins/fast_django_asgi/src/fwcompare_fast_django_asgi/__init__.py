"""fast-django for fwcompare: what the target is stands in ``target.toml``, what it does in ``app``."""

from collections.abc import Iterable
from pathlib import Path

from fwcompare import Target, hookimpl


@hookimpl
def fwcompare_targets() -> Iterable[Target]:
    """Offer ``fast-django-asgi``."""
    return Target.from_file(Path(__file__).with_name("target.toml"))
