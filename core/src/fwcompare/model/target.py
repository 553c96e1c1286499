"""What a target is: data from a ``target.toml``, with no code of the framework behind it.

Leaves out how a target is built and started (``runtimes/``) and which plugin offered it (``plugins.py``).
"""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from fwcompare.errors import PluginError
from fwcompare.model.quantities import Duration, Scalar, Strict, parse_duration
from fwcompare.model.schema_problems import problems_of
from fwcompare.model.toml_lines import lines_of_keys, nearest_line

TARGET_SCHEMA = 1
NO_PROFILER = "none"
"""Stands for a profiler where a target is of a kind that none can look into."""
_HINT = "fwcompare schema target    prints what may stand there"
_NAME = r"^[a-z0-9][a-z0-9._-]*$"
_PARAMETER = r"^[A-Z][A-Z0-9_]*$"
_FACT = r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*$"


def _absolute(path: str) -> str:
    if not path.startswith("/"):
        raise ValueError(f"{path!r} does not start with '/'")
    return path


UrlPath = Annotated[str, AfterValidator(_absolute)]
Argv = Annotated[tuple[str, ...], Field(min_length=1, strict=False)]


class Prerequisite(Strict):
    """Something a build needs of the machine: ``check`` succeeds where it is there, ``install`` says how to get it."""

    check: Argv
    install: str


class Argument(Strict):
    """An ``ARG`` of a Dockerfile with the default that stands there, such as the version of its base image.

    ``fact`` is where ``GET /facts`` tells what became of it: ``language.version``. It is obeyed where that is the very
    value or a version of it, as 3.12.4 is of 3.12. Without a ``fact`` a target is not asked.
    """

    default: str
    fact: Annotated[str, Field(pattern=_FACT)] | None = None


def _as_argument(value: object) -> object:
    if isinstance(value, str):
        return {"default": value}
    if isinstance(value, dict | Argument):
        return value
    raise ValueError(f"the default {value!r} is no text; expected quotes: as a number, 3.10 is 3.1")


class Build(Strict):
    """How the environment of an app is made, and what its content depends on.

    ``commands`` are argument lists, never shell strings, run in the app folder; ``{env}`` is the folder to
    fill and ``{python}`` the interpreter that runs fwcompare. ``inputs`` are globs below the app folder: as
    long as their content stays the same, the environment is made once and kept. ``prerequisites`` are checked
    before the first build, and by ``fwcompare doctor``. ``arguments`` are those of the Dockerfile that a scenario may
    set as it sets parameters; each value makes an image of its own.
    """

    inputs: Annotated[tuple[str, ...], Field(min_length=1, strict=False)]
    commands: Annotated[tuple[Argv, ...], Field(min_length=1, strict=False)]
    prerequisites: Annotated[tuple[Prerequisite, ...], Field(strict=False)] = ()
    arguments: dict[
        Annotated[str, Field(pattern=_PARAMETER)],
        Annotated[Argument, BeforeValidator(_as_argument, json_schema_input_type=str | Argument)],
    ] = Field(
        default={},
        description="ARGs of the Dockerfile that a scenario may set, each with its default there; "
        "{default = ..., fact = ...} also names where GET /facts tells it",
    )


class Deviation(Strict):
    """Work that a target is known to do otherwise than its workload says, and why.

    ``measure`` is one of the parity audit, such as ``SELECT statements``. ``more`` is what comes on top of the
    contract for each request, whichever step of a flow it is: ``request`` times 1, and each other key times the
    parameter of that name, so that ``{DB_UNITS = 2}`` are two more a database unit. Less is negative.
    """

    workload: str
    measure: str
    more: Annotated[dict[str, float], Field(min_length=1)]
    reason: Annotated[str, Field(min_length=1)]


class _TargetTable(Strict):
    name: Annotated[str, Field(pattern=_NAME)]
    title: str
    start: Argv
    profiler: str = Field(description="one that a plugin offers, or `none`, where no profiler can look into it")
    env: dict[str, str] = {}
    parameters: dict[Annotated[str, Field(pattern=_PARAMETER)], Scalar] = {}
    workloads: Annotated[dict[str, UrlPath], Field(min_length=1)]
    unsupported: dict[str, Annotated[str, Field(min_length=1)]] = {}
    deviations: Annotated[tuple[Deviation, ...], Field(strict=False)] = ()
    ready_timeout: Duration = parse_duration("30s")

    @model_validator(mode="after")
    def _no_contradiction(self) -> Self:
        both = sorted(self.workloads.keys() & self.unsupported.keys())
        if both:
            raise ValueError(f"{both[0]!r} stands under both `workloads` and `unsupported`; expected one of them")
        declared = [(deviation.workload, deviation.measure) for deviation in self.deviations]
        for deviation in self.deviations:
            if declared.count((deviation.workload, deviation.measure)) > 1:
                raise ValueError(
                    f"deviation in {deviation.measure!r} of workload {deviation.workload!r} is declared twice; "
                    "expected one with all that comes on top"
                )
            if deviation.workload not in self.workloads:
                raise ValueError(f"deviation of workload {deviation.workload!r}, which the target does not offer")
            unknown = sorted(deviation.more.keys() - self.parameters.keys() - {"request"})
            if unknown:
                raise ValueError(
                    f"deviation in {deviation.measure!r} counts {unknown[0]!r}; expected `request` or a parameter"
                )
            for name in sorted(deviation.more.keys() & self.parameters.keys()):
                if type(self.parameters[name]) not in (int, float):
                    raise ValueError(
                        f"deviation in {deviation.measure!r} counts {name!r}, which is {self.parameters[name]!r}; "
                        "expected a parameter that is a number"
                    )
        return self


class _TargetFile(Strict):
    schema_: Annotated[Literal[1], Field(alias="schema")]
    framework: str
    language: str
    app: str
    dockerfile: str | None = Field(
        default=None, description="relative to this file; else `Dockerfile` beside the app, or beside this file"
    )
    build: Build
    targets: Annotated[tuple[_TargetTable, ...], Field(min_length=1, strict=False)]

    @field_validator("targets")
    @classmethod
    def _no_argument_is_a_parameter(
        cls, targets: tuple[_TargetTable, ...], info: ValidationInfo
    ) -> tuple[_TargetTable, ...]:
        build = info.data.get("build")  # missing when it has a problem of its own
        for target in targets:
            both = sorted(target.parameters.keys() & build.arguments.keys()) if isinstance(build, Build) else []
            if both:
                raise ValueError(
                    f"parameter {both[0]} of {target.name!r} stands under `build.arguments` too; "
                    "expected one of them: what is built in cannot be set at the start"
                )
        return targets


class Target(Strict):
    """One startable build and configuration of a framework.

    ``parameters`` are the variables the target understands, with their defaults. ``workloads`` maps a workload's
    name to the path it is served on, which the paths of its steps continue, ``unsupported`` one that it cannot serve to
    the reason; ``deviations`` are declared. ``app`` is the absolute folder that is built and started; ``file`` the
    ``target.toml`` it was read from; ``dockerfile`` is relative to that, and None where the usual places count.

    ``arguments`` are values of build arguments that were chosen, by name, for the runtime that builds it: the
    Dockerfile has its own for all others. They are no part of what a target is, so no dump has them.
    """

    name: str
    title: str
    framework: str
    language: str
    file: Path
    app: Path
    build: Build
    dockerfile: str | None = None
    start: tuple[str, ...]
    env: dict[str, str]
    parameters: dict[str, Scalar]
    workloads: dict[str, str]
    profiler: str
    ready_timeout: Duration
    unsupported: dict[str, str] = {}
    deviations: tuple[Deviation, ...] = ()
    arguments: dict[str, str] = Field(default={}, exclude=True)

    def built_with(self, arguments: Mapping[str, str]) -> "Target":
        """Give the same target, to be built with these values of its build arguments."""
        return self.model_copy(update={"arguments": dict(arguments)})

    @classmethod
    def from_file(cls, path: Path) -> "tuple[Target, ...]":
        """Read every target that a ``target.toml`` declares.

        :raises PluginError: when the file is missing, is no TOML, breaks the schema or names no app folder;
            the message gives the file, the key and what was expected.
        """
        declared = _declared(path)
        app = (path.parent / declared.app).resolve()
        if not app.is_dir():
            raise PluginError(
                f"target file {path} names an app folder that is not there",
                seen=f"app = {declared.app!r}, that is {app}",
                expected="a folder, relative to the target file",
            )
        return tuple(
            cls(
                framework=declared.framework,
                language=declared.language,
                file=path.resolve(),
                app=app,
                build=declared.build,
                dockerfile=declared.dockerfile,
                **{name: getattr(table, name) for name in _TargetTable.model_fields},
            )
            for table in declared.targets
        )


def _declared(path: Path) -> _TargetFile:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise PluginError(
            f"target file {path} cannot be read", seen=str(error), expected="a readable file of TOML in UTF-8"
        ) from error
    try:
        table = tomllib.loads(text)
        _must_be_known(path, table.get("schema"))
        return _TargetFile.model_validate(table)
    except tomllib.TOMLDecodeError as error:
        raise PluginError(f"target file {path} is not TOML", seen=str(error), hint=_HINT) from error
    except ValidationError as error:
        lines = lines_of_keys(text)
        placed = sorted(
            ((nearest_line(lines, problem.path), problem) for problem in problems_of(error, _TargetFile)),
            key=lambda placed: placed[0],
        )
        problems = [f"{path.name}:{line}: {problem.words}" for line, problem in placed]
        count = "a problem" if len(problems) == 1 else f"{len(problems)} problems"
        raise PluginError(f"target file {path} has {count}", seen="\n".join(problems), hint=_HINT) from error


def _must_be_known(path: Path, schema: object) -> None:
    """Refuse a file of a newer form by name; every other number is the schema's to refuse."""
    if isinstance(schema, int) and schema > TARGET_SCHEMA:
        raise PluginError(
            f"target file {path} was made for a newer fwcompare",
            seen=f"schema = {schema}",
            expected=f"schema = {TARGET_SCHEMA}, which is what this fwcompare reads",
            hint="upgrade fwcompare, or install an older version of the plugin",
        )


def target_file_schema() -> dict[str, object]:
    """Give the JSON schema of ``target.toml``."""
    return _TargetFile.model_json_schema(by_alias=True)
