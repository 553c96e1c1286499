"""What a target and its environment are made of, as hashes.

Decides which content counts: for an environment what its build reads, for a target everything it declares and
serves. Paths count relative to the app folder, so that a clone elsewhere has the same digests. Leaves out how
an environment is made (``environments.py``).
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from fwcompare.errors import PluginError
from fwcompare.model.target import Target

PRODUCTS = frozenset({"__pycache__", "target"})
"""Folders that running and building leave in an app: they are no part of what it is."""


def target_digest(target: Target) -> str:
    """Hash what a target declares and every file of its app: equal if and only if the target is the same.

    Where its files lie does not count, nor do ``__pycache__`` and ``target`` folders, nor which build arguments it has.
    """
    # What may be chosen for an image says nothing of what is served: a choice is in the digests of image and cell.
    declared = target.model_dump(
        mode="json",
        exclude={"file": True, "app": True, "build": {"arguments"}},
        exclude_none=True,  # one that names no Dockerfile has the digest that it had before there could be one
    )
    return _digest(declared, target.app, _served(target.app))


def files_digest(app: Path) -> str:
    """Hash every file of an app, products of running and building excepted."""
    return _digest(None, app, _served(app))


def _served(app: Path) -> Iterable[Path]:
    for path in app.rglob("*"):
        if path.is_file() and not PRODUCTS.intersection(path.relative_to(app).parts[:-1]):
            yield path


def build_digest(target: Target, tools: Mapping[str, str]) -> str:
    """Hash what the environment of a target is made from: commands, content of the inputs, and ``tools``.

    :param tools: versions of the interpreter, the machine and the programs that the commands name.
    :raises PluginError: when an input names no file.
    """
    declared = {"commands": target.build.commands, "tools": dict(tools)}
    return _digest(declared, target.app, _inputs(target))


def _inputs(target: Target) -> set[Path]:
    found: set[Path] = set()
    for pattern in target.build.inputs:
        try:
            matched = {path for path in target.app.glob(pattern) if path.is_file()}
        except (ValueError, NotImplementedError) as error:
            raise _bad_input(target, pattern, f"no pattern for files: {error}") from error
        if not matched:
            raise _bad_input(target, pattern, f"no file below {target.app} matches")
        found |= matched
    return found


def _bad_input(target: Target, pattern: str, seen: str) -> PluginError:
    return PluginError(
        f"target file {target.file} names a build input that is not there",
        seen=f"build.inputs: {pattern!r}: {seen}",
        expected="a glob, relative to the app folder, that matches at least one file",
        hint="fwcompare schema target    prints what may stand there",
    )


def _digest(declared: object, root: Path, files: Iterable[Path]) -> str:
    total = hashlib.sha256(json.dumps(declared, sort_keys=True).encode())
    for name, path in sorted((path.relative_to(root).as_posix(), path) for path in files):
        with path.open("rb") as content:
            # A fixed-length hash after each name, so that no content can pass for another file's name.
            total.update(f"\n{name}\0".encode() + hashlib.file_digest(content, "sha256").digest())
    return total.hexdigest()
