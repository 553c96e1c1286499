"""FastAPI for fwcompare: what the targets are stands in ``target.toml``, what they do in ``app``."""

from collections.abc import Iterable
from pathlib import Path

from fwcompare import Target, hookimpl


@hookimpl
def fwcompare_targets() -> Iterable[Target]:
    """Offer ``fastapi``, ``fastapi-asyncpg`` and ``fastapi-tortoise``."""
    return Target.from_file(Path(__file__).with_name("target.toml"))
