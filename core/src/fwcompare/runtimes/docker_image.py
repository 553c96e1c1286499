"""The image of a target: from which files it is made, its name by their content, and its build.

What is hashed is what is sent: a context of its own is laid out with the Dockerfile and the app, and nothing else of
the plugin. So an image that is there is the right one, wherever its plugin lies. Leaves out what may stand in a
Dockerfile, which is the contract of docs/containers.md: the app in ``/app``, what ``{env}`` means in ``/env``.
"""

import hashlib
import json
import os
import re
import shlex
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from fwcompare.cache import cache_folder
from fwcompare.errors import HostError, PluginError, TargetError
from fwcompare.model.ports import Environment, Processes, Progress
from fwcompare.model.target import Target
from fwcompare.runtimes.building import SHOWN_LINES, alone, await_end, tail
from fwcompare.runtimes.digest import PRODUCTS, files_digest
from fwcompare.runtimes.docker_engine import Engine, ask, must_do, trouble

ENV = Path("/env")
"""What ``{env}`` of a ``target.toml`` is in an image."""

_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY")
_COMPLAINTS = 40
_ARG = re.compile(r"^[ \t]*ARG[ \t]+(.*)$", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True)
class Recipe:
    """What an image is made from: a Dockerfile, what it ignores if anything, the app that it copies, and arguments.

    ``arguments`` are those that were chosen, by name; the Dockerfile has values of its own for all others.
    """

    dockerfile: Path
    app: Path
    arguments: Mapping[str, str] = field(default_factory=dict)

    @property
    def ignored(self) -> Path | None:
        """Give the ``.dockerignore`` beside it; None where there is none."""
        beside = self.dockerfile.with_name(".dockerignore")
        return beside if beside.is_file() else None

    @property
    def digest(self) -> str:
        """Hash all of it."""
        texts = [path.read_text(encoding="utf-8") for path in (self.dockerfile, self.ignored) if path is not None]
        parts: list[object] = [texts, files_digest(self.app)]
        # Without any it is the image that it was before there were arguments.
        parts += [dict(self.arguments)] if self.arguments else []
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()

    @property
    def unread(self) -> list[str]:
        """Name the arguments that the Dockerfile has no ``ARG`` for: an engine leaves them out with a warning."""
        text = self.dockerfile.read_text(encoding="utf-8")
        read = {name for line in _ARG.findall(text) for name in re.findall(r"(?:^|\s)(\w+)", line)}
        return sorted(self.arguments.keys() - read)

    @contextmanager
    def context(self) -> Iterator[Path]:
        """Lay it out in a folder that lives as long as this is entered."""
        with tempfile.TemporaryDirectory(prefix="fwcompare-image-") as place:
            folder = Path(place)
            shutil.copyfile(self.dockerfile, folder / "Dockerfile")
            if self.ignored is not None:
                shutil.copyfile(self.ignored, folder / ".dockerignore")
            shutil.copytree(self.app, folder / "app", ignore=shutil.ignore_patterns(*PRODUCTS))
            yield folder


def recipe_of(target: Target) -> Recipe:
    """Find the Dockerfile of a target: the one it names, else that beside its app or its ``target.toml``.

    :raises PluginError: when there is none, or it does not read an argument that was chosen.
    """
    folders = dict.fromkeys((target.app.parent, target.file.parent))
    if target.dockerfile is not None:
        places = [(target.file.parent / target.dockerfile).resolve()]
    else:
        places = [folder / "Dockerfile" for folder in folders]
    for place in places:
        if place.is_file():
            recipe = Recipe(place, target.app, target.arguments)
            _must_read_all(target, recipe)
            return recipe
    raise PluginError(
        f"target {target.name!r} cannot be run by Docker",
        seen=f"no file {' or '.join(map(str, places))}",
        expected=f"a Dockerfile beside the app, or one that `dockerfile` in {target.file} names",
        hint="run it with `runtime: process`, or add one: that of `fwcompare plugin new` says what must be in it",
    )


def _must_read_all(target: Target, recipe: Recipe) -> None:
    if recipe.unread:
        name = recipe.unread[0]
        raise PluginError(
            f"image of target {target.name!r} cannot be built with {name}={target.arguments[name]}",
            seen=f"no `ARG {name}` in {recipe.dockerfile}: the image would be the same without",
            expected=f"an ARG for every name under `build.arguments` in {target.file}",
            hint=f"add `ARG {name}` before the step that uses it",
        )


def build_image(target: Target, engine: Engine, processes: Processes, progress: Progress) -> Environment:
    """Build the image of ``target``, or find it built; its name ends with the hash of what it is made from.

    :raises TargetError: when a step of the Dockerfile fails; the message ends with the last lines.
    :raises HostError: when a base image cannot be had, the disk is full, or the engine refuses.
    :raises PluginError: when the target has no Dockerfile, or that has no ARG for an argument that was chosen.
    """
    recipe = recipe_of(target)
    digest = recipe.digest
    slug = re.sub(r"[^a-z0-9]+", "-", target.framework.lower()).strip("-")
    image = f"fwcompare/{slug}:{digest[:16]}"
    if _id(image) is None:
        folder = cache_folder() / "images"
        folder.mkdir(parents=True, exist_ok=True)
        stem = f"{slug}-{digest[:16]}"
        with alone(folder / f"{stem}.lock", f"image of {target.name}", progress):
            if _id(image) is None:  # another run may have finished it while this one waited
                _build(target, recipe, image, folder / f"{stem}.log", engine, processes, progress)
    built = _id(image)
    if built is None:
        raise HostError(
            f"the image of target {target.name!r} was built and is not there",
            seen=f"docker image inspect {image}: no such image",
            expected="a builder that keeps what it builds in the engine",
            hint="docker buildx use default    chooses one",
        )
    given = {"build arguments": _pairs(recipe.arguments)} if recipe.arguments else {}
    return Environment(ENV, digest, {"image": image, "image id": built, "engine": engine.words, **given})


def build_command(
    image: str, engine: Engine, variables: Mapping[str, str], arguments: Mapping[str, str] | None = None
) -> list[str]:
    """Give the command that builds the context it is started in; both builders of Docker understand it.

    :param variables: of which proxies are handed to the build by name, so that none stands in an argument.
    :param arguments: of the Dockerfile, handed over with their values: these are part of a scenario, and no secret.
    """
    argv = ["docker", "build", "--tag", image, "--label", "fwcompare.image=target", "--force-rm"]
    if not engine.apart:
        # As the machine itself reaches a registry and a package index.
        argv += ["--network", "host"]
    for name in (*_PROXIES, *map(str.lower, _PROXIES)):
        argv += ["--build-arg", name] if name in variables else []
    for name, value in sorted((arguments or {}).items()):
        argv += ["--build-arg", f"{name}={value}"]
    return [*argv, "."]


def _pairs(arguments: Mapping[str, str]) -> str:
    return ", ".join(f"{name}={shlex.quote(value)}" for name, value in sorted(arguments.items()))


def _build(
    target: Target,
    recipe: Recipe,
    image: str,
    log: Path,
    engine: Engine,
    processes: Processes,
    progress: Progress,
) -> None:
    began_s = time.monotonic()
    log.unlink(missing_ok=True)
    argv = build_command(image, engine, os.environ, recipe.arguments)
    chosen = f" with {_pairs(recipe.arguments)}" if recipe.arguments else ""
    progress(f"image of {target.name}: building {image}{chosen}")
    with recipe.context() as folder:
        process = processes.spawn(argv, cwd=folder, env={**os.environ, "BUILDKIT_PROGRESS": "plain"}, log=log)
        code = await_end(process, log, f"image of {target.name}", began_s, progress)
    if code == 0:
        progress(f"image of {target.name}: ready after {time.monotonic() - began_s:.1f} s")
        return
    last = tail(log, _COMPLAINTS)
    given = [part for pair in sorted(recipe.arguments.items()) for part in ("--build-arg", "=".join(pair))]
    by_hand = shlex.join(["docker", "build", *given, str(recipe.dockerfile.parent)])
    here = trouble(f"image of target {target.name!r} cannot be built on this machine", "\n".join(last))
    raise here or TargetError(
        f"image of target {target.name!r} could not be built",
        seen=f"exit code {code} of docker build with {recipe.dockerfile}{chosen and f',{chosen}'}\nlog: {log}",
        expected="exit code 0",
        details=[f"> {line}" for line in last[-SHOWN_LINES:]],
        hint=f"{by_hand}    builds it by hand",
    )


def _id(image: str) -> str | None:
    said = ask("image", "inspect", "--format", "{{.Id}}", image)
    if said.code and "no such image" in said.complaints.lower():
        return None
    return must_do(f"image {image} cannot be looked for", said).out
