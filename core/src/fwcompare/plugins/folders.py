"""Plugins without any Python: a folder with a ``target.toml``, and the scenarios beside it if it has any."""

from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Final

from fwcompare.errors import ScenarioError
from fwcompare.hookspecs import hookimpl
from fwcompare.model.target import Target
from fwcompare.plugins.selection import FOLDERS

TARGET_FILE: Final = "target.toml"
SCENARIOS: Final = "scenarios"
_MEND: Final = f"mend {FOLDERS}, or unset it"


def folder_plugins(folders: Sequence[Path], named_in_environment: Collection[Path] = ()) -> tuple[Path, ...]:
    """Find the plugins in folders: each that holds a ``target.toml``, or else those right below that do.

    :param named_in_environment: those that nobody gave to this command, for messages.
    :raises ScenarioError: for a folder that is not there or has none.
    """
    found: list[Path] = []
    for folder in folders:
        by_variable = folder in named_in_environment
        if not folder.is_dir():
            raise ScenarioError(
                f"plugin folder {folder} does not exist",
                seen=f"it is named in {FOLDERS}" if by_variable else "",
                expected=f"a folder with a {TARGET_FILE}, or with folders that have one",
                hint=_MEND
                if by_variable
                else "a relative one counts from here; in a scenario, from the scenario's file",
            )
        here = (
            [folder] if (folder / TARGET_FILE).is_file() else sorted(f.parent for f in folder.glob(f"*/{TARGET_FILE}"))
        )
        if not here:
            held = ", ".join(sorted(entry.name for entry in folder.iterdir())[:8]) or "nothing at all"
            raise ScenarioError(
                f"plugin folder {folder} holds no plugin",
                seen=f"it is named in {FOLDERS}, and holds {held}" if by_variable else held,
                expected=f"a {TARGET_FILE} in it, or in a folder right below it",
                hint=_MEND if by_variable else "fwcompare plugin new NAME    makes a complete one",
            )
        found += here
    return tuple(dict.fromkeys(place.resolve() for place in found))


def as_module(folder: Path) -> ModuleType:
    """Give a folder plugin as a module with hooks, so that it is a plugin like any other.

    :raises PluginError: when its ``target.toml`` is no good.
    """
    targets = Target.from_file(folder / TARGET_FILE)
    module = ModuleType(f"fwcompare plugin {folder.name}")

    @hookimpl
    def fwcompare_targets() -> Iterable[Target]:
        return targets

    @hookimpl
    def fwcompare_scenarios() -> Iterable[Path]:
        return (folder / SCENARIOS,)

    vars(module)["fwcompare_targets"] = fwcompare_targets
    if (folder / SCENARIOS).is_dir():
        vars(module)["fwcompare_scenarios"] = fwcompare_scenarios
    return module
