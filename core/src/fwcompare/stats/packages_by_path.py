"""Packages of Python and Rust, and of any language whose frames tell a file or a path.

- Of Python, the first part of the module's path in ``function (package/module.py)``: ``sqlalchemy``; a module of the
  standard library by its own name: ``threading``.
- Of Rust, the crate of the path: ``tokio::runtime::park`` is ``tokio``'s, ``<axum::Router as Service>::call`` is of the
  type's crate, or of the trait's where the type is a parameter; ``core``, ``alloc`` and ``std`` are one,
  :data:`RUST_STANDARD`.
"""

import re
from typing import Final

RUST_STANDARD: Final = "[rust std]"

_PLACE: Final = re.compile(r".* \((?P<place>[^()]*(?:\.pyx?|\.so[.\d]*|/[^()/]+|>))\)$")
_FROZEN: Final = re.compile(r"<frozen (?P<module>[\w.]+)>")
_CRATE: Final = re.compile(r"(?P<crate>[A-Za-z_]\w*)(?:\[[0-9a-f]+\])?::")
_QUALIFIED: Final = re.compile(r"^<(?:&|mut |dyn |\*const |\*mut |\(|\[)*(?P<type>[^>]*)")
_TRAIT: Final = re.compile(r" as (?P<trait>[A-Za-z_]\w*(?:::\w+)+)")
_STANDARD_CRATES: Final = frozenset({"core", "alloc", "std"})


def package_of(frame: str) -> str | None:
    """Give the package; None where nothing tells it."""
    if place := _PLACE.fullmatch(frame):
        return _of_file(place["place"])
    crate = _crate(frame)
    return RUST_STANDARD if crate in _STANDARD_CRATES else crate


def _of_file(path: str) -> str | None:
    frozen = _FROZEN.fullmatch(path)
    first = frozen["module"].split(".")[0] if frozen else path.lstrip("/").split("/")[0]
    return first.removesuffix(".py") or None


def _crate(frame: str) -> str | None:
    if not frame.startswith("<"):
        found = _CRATE.match(frame)
        return found["crate"] if found else None
    qualified = _QUALIFIED.match(frame)
    found = _CRATE.match(qualified["type"]) if qualified else None
    if found is None and (trait := _TRAIT.search(frame)):
        found = _CRATE.match(trait["trait"])
    return found["crate"] if found else None
