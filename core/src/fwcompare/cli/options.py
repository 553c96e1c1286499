"""Options that several commands share, and what they resolve to.

Plugins and the reader of scenarios are imported where they are used: most commands that share an option need neither.
"""

import os
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
from click.core import ParameterSource

from fwcompare.cli.hints import remember
from fwcompare.cli.services import chosen_services, require_known, service_option
from fwcompare.cli.voice import warn
from fwcompare.errors import ScenarioError

if TYPE_CHECKING:
    from fwcompare.model.scenario import Scenario
    from fwcompare.plugins import Registry, Selection

F = TypeVar("F", bound=Callable[..., Any])

_SUFFIXES = (".yaml", ".yml")


def results_option(function: F) -> F:
    """Add ``--results``."""
    return click.option(
        "--results",
        type=click.Path(path_type=Path, file_okay=False),
        default=Path("results"),
        show_default=True,
        help="Folder that runs are kept in.",
    )(function)


def json_option(function: F) -> F:
    """Add ``--json``."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")(function)


def scenario_options(function: F) -> F:
    """Add the scenario and what changes it: ``--target``, ``--runtime``, ``--set``, ``--service``, ``--repeats``."""
    return click.argument("scenario", metavar="SCENARIO")(scenario_changes(function))


def runtime_option(*, multiple: bool = False) -> Callable[[F], F]:
    """Add ``--runtime``."""
    several = " Of several, every target in each." if multiple else ""

    def keep(context: click.Context, parameter: click.Parameter, value: Any) -> Any:  # noqa: ANN401 - one, or several
        if context.get_parameter_source(str(parameter.name)) is not ParameterSource.DEFAULT:
            remember(context, "--runtime", value if multiple else [value])
        return value

    return click.option(
        "--runtime",
        "runtimes" if multiple else "runtime",
        multiple=multiple,
        default=None if multiple else "process",
        show_default=not multiple,
        metavar="NAME",
        callback=keep,
        help=f"How targets are built and started: process or docker.{several}",
    )


def runtime_changes(runtimes: Sequence[str]) -> tuple[str, ...]:
    """Give what a scenario's key is set to for ``--runtime``; nothing where it was not given."""
    return (f"runtime={list(runtimes)}",) if runtimes else ()


def scenario_changes(function: F) -> F:
    """Add what changes a scenario."""
    for decorate in (
        click.option("--repeats", type=click.IntRange(1, 100), help="Blocks to run, instead of the scenario's."),
        service_option,
        click.option(
            "--set", "overrides", multiple=True, metavar="KEY=VALUE", help="Change a key, such as load.duration=3s."
        ),
        runtime_option(multiple=True),
        click.option("--target", "only", multiple=True, metavar="NAME", help="Run this target only; may be repeated."),
    ):
        function = decorate(function)
    return function


_FOLDERS, _WITHOUT, _TOLD = "fwcompare.plugin_dirs", "fwcompare.no_plugin", "fwcompare.told"


def plugin_options(function: F) -> F:
    """Add ``--plugin-dir`` and ``--no-plugin``, which :func:`registry` looks at."""

    def keep(context: click.Context, parameter: click.Parameter, value: tuple[Any, ...]) -> None:
        context.meta[_FOLDERS if parameter.name == "plugin_dir" else _WITHOUT] = value
        if value:
            remember(context, parameter.opts[0], [str(one) for one in value])

    for decorate in (
        click.option(
            "--no-plugin", multiple=True, metavar="NAME", expose_value=False, callback=keep, help="Leave a plugin out."
        ),
        click.option(
            "--plugin-dir",
            multiple=True,
            metavar="DIR",
            type=click.Path(path_type=Path),
            expose_value=False,
            callback=keep,
            help="A folder with a target.toml, or of such folders; may be repeated.",
        ),
    ):
        function = decorate(function)
    return function


def registry() -> "Registry":
    """Discover the wanted plugins once, and name the broken ones on standard error."""
    from fwcompare.plugins import Selection  # noqa: PLC0415

    given = click.get_current_context().meta
    return _discovered(Selection.of(os.environ, given.get(_FOLDERS, ()), given.get(_WITHOUT, ())))


def use_plugins_of(scenario: "Scenario", beside: Path = Path()) -> "Scenario":
    """Have :func:`registry` look into a scenario's plugin folders too; give the scenario with all that are used.

    They stand in it as absolute paths, since a run may be resumed from elsewhere.

    :param beside: what relative folders are relative to.
    """
    from fwcompare.plugins import Selection  # noqa: PLC0415

    given = click.get_current_context().meta
    folders = (*given.get(_FOLDERS, ()), *(beside / folder for folder in scenario.plugin_dirs))
    if folders:
        remember(click.get_current_context(), "--plugin-dir", [str(folder) for folder in folders])
    chosen = Selection.of(os.environ, folders)
    given[_FOLDERS] = chosen.folders
    return scenario.model_copy(update={"plugin_dirs": tuple(map(str, chosen.folders))})


@lru_cache(maxsize=1)
def _discovered(selection: "Selection") -> "Registry":
    from fwcompare.plugins import discover  # noqa: PLC0415

    found = discover(selection=selection)
    told = click.get_current_context().meta.setdefault(_TOLD, set())
    lines = [
        *(
            f"plugin {plugin.name!r} is broken and was left out: {_first_of(plugin.reason)}"
            for plugin in found.broken()
        ),
        *found.clashes(),
        *(f"plugin {plugin.name!r}: {remark}" for plugin in found.plugins for remark in plugin.remarks),
    ]
    for line in dict.fromkeys(lines):
        # A scenario's own folders are known only once it is read: then everything is discovered anew.
        if line not in told:
            warn(line)
            told.add(line)
    return found


def _first_of(reason: str) -> str:
    """Give the headline of why a plugin is broken, and the first line of what was seen below it.

    All of it is told by `fwcompare plugins`, and by what asks for a thing that the plugin may have offered.
    """
    headline, *below = reason.splitlines()
    return ": ".join([headline, *(line.strip() for line in below[:1] if not line.lstrip().startswith("next: "))])


def read_scenario(name: str, overrides: Sequence[str], only: Sequence[str], repeats: int | None) -> "Scenario":
    """Read a scenario by path or by name, changed as the options say.

    :raises ScenarioError: when there is none, or it has a problem.
    """
    from fwcompare.model.scenario import TargetEntry  # noqa: PLC0415
    from fwcompare.planning.scenario_file import parse_scenario  # noqa: PLC0415

    path = _find(name)
    services = chosen_services()
    changes = [*overrides, *(f"services.{name}={how}" for name, how in services.items())]
    changes += [] if repeats is None else [f"repeats={repeats}"]
    scenario = parse_scenario(read_scenario_file(path), str(path), changes)
    scenario = use_plugins_of(scenario, path.parent)
    if services:
        require_known(services, registry())
    if not only:
        return scenario
    listed = {entry.name: entry for entry in scenario.targets}
    chosen = tuple(listed.get(target, TargetEntry(name=target)) for target in dict.fromkeys(only))
    return scenario.model_copy(update={"targets": chosen})


def read_scenario_file(path: Path) -> str:
    """Give the text of a scenario file.

    :raises ScenarioError: when it cannot be read, or is not UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ScenarioError(
            f"scenario {path} cannot be read",
            seen=str(error),
            expected="a readable file of YAML in UTF-8",
            hint="fwcompare scenarios    lists what can be run by name",
        ) from error


def scenario_files() -> list[Path]:
    """Give every scenario file that a plugin offers, sorted by name."""
    return sorted(
        (file for folder in registry().scenario_folders for file in folder.iterdir() if file.suffix in _SUFFIXES),
        key=lambda file: file.stem,
    )


def _find(name: str) -> Path:
    path = Path(name)
    if path.is_file():
        return path
    offered = scenario_files()
    fitting = [file for file in offered if file.stem == name]
    if len(fitting) == 1:
        return fitting[0]
    raise ScenarioError(
        f"scenario {name!r} " + ("is offered twice" if fitting else "does not exist"),
        seen=", ".join(map(str, fitting)) if fitting else f"no file {path.absolute()}, no scenario of that name",
        expected="a file, or one of " + ", ".join(sorted({file.stem for file in offered})),
        hint="fwcompare scenarios    lists what is there",
    )
