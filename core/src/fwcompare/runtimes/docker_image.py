"""The image of a target: from which files it is made, its name by their content, and its build.

What is hashed is what is sent: a context of its own is laid out with the Dockerfile and the app, and nothing else of
the plugin. So an image that is there is the right one, wherever its plugin lies. Leaves out what may stand in a
Dockerfile, which is the contract of CONTRIBUTING: the app in ``/app``, what ``{env}`` means in ``/env``.
"""

import hashlib
import json
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Recipe:
    """What an image is made from: a Dockerfile, what it ignores if anything, and the app that it copies."""

    dockerfile: Path
    app: Path

    @property
    def ignored(self) -> Path | None:
        """Give the ``.dockerignore`` beside it; None where there is none."""
        beside = self.dockerfile.with_name(".dockerignore")
        return beside if beside.is_file() else None

    @property
    def digest(self) -> str:
        """Hash all of it."""
        texts = [path.read_text(encoding="utf-8") for path in (self.dockerfile, self.ignored) if path is not None]
        return hashlib.sha256(json.dumps([texts, files_digest(self.app)]).encode()).hexdigest()

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

    :raises PluginError: when there is none.
    """
    folders = dict.fromkeys((target.app.parent, target.file.parent))
    if target.dockerfile is not None:
        places = [(target.file.parent / target.dockerfile).resolve()]
    else:
        places = [folder / "Dockerfile" for folder in folders]
    for place in places:
        if place.is_file():
            return Recipe(place, target.app)
    raise PluginError(
        f"target {target.name!r} cannot be run by Docker",
        seen=f"no file {' or '.join(map(str, places))}",
        expected=f"a Dockerfile beside the app, or one that `dockerfile` in {target.file} names",
        hint="run it with `runtime: process`, or add one: CONTRIBUTING says what must be in it",
    )


def build_image(target: Target, engine: Engine, processes: Processes, progress: Progress) -> Environment:
    """Build the image of ``target``, or find it built; its name ends with the hash of what it is made from.

    :raises TargetError: when a step of the Dockerfile fails; the message ends with the last lines.
    :raises HostError: when a base image cannot be had, the disk is full, or the engine refuses.
    :raises PluginError: when the target has no Dockerfile.
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
    return Environment(ENV, digest, {"image": image, "image id": built, "engine": engine.words})


def build_command(image: str, engine: Engine, variables: Mapping[str, str]) -> list[str]:
    """Give the command that builds the context it is started in; both builders of Docker understand it.

    :param variables: of which proxies are handed to the build by name, so that none stands in an argument.
    """
    argv = ["docker", "build", "--tag", image, "--label", "fwcompare.image=target", "--force-rm"]
    if not engine.apart:
        # As the machine itself reaches a registry and a package index.
        argv += ["--network", "host"]
    for name in (*_PROXIES, *map(str.lower, _PROXIES)):
        argv += ["--build-arg", name] if name in variables else []
    return [*argv, "."]


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
    argv = build_command(image, engine, os.environ)
    progress(f"image of {target.name}: building {image}")
    with recipe.context() as folder:
        process = processes.spawn(argv, cwd=folder, env={**os.environ, "BUILDKIT_PROGRESS": "plain"}, log=log)
        code = await_end(process, log, f"image of {target.name}", began_s, progress)
    if code == 0:
        progress(f"image of {target.name}: ready after {time.monotonic() - began_s:.1f} s")
        return
    last = tail(log, _COMPLAINTS)
    here = trouble(f"image of target {target.name!r} cannot be built on this machine", "\n".join(last))
    raise here or TargetError(
        f"image of target {target.name!r} could not be built",
        seen=f"exit code {code} of docker build with {recipe.dockerfile}\nlog: {log}",
        expected="exit code 0",
        details=[f"> {line}" for line in last[-SHOWN_LINES:]],
        hint=f"docker build {recipe.dockerfile.parent}    builds it by hand",
    )


def _id(image: str) -> str | None:
    said = ask("image", "inspect", "--format", "{{.Id}}", image)
    if said.code and "no such image" in said.complaints.lower():
        return None
    return must_do(f"image {image} cannot be looked for", said).out
