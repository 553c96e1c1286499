"""Finding plugins, blaming the one at fault, and holding what they offer. The only user of pluggy's manager.

Entry points of the group ``fwcompare`` are loaded one by one. A plugin that fails to import, misspells a
hook or offers rubbish is *broken*: it is listed with the reason, offers nothing, and stops nothing else. A
name that two plugins offer is refused on use, since either would be a guess.
"""

import difflib
import importlib.metadata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

import pluggy

from fwcompare import builtin, hookspecs
from fwcompare.errors import FwcompareError, PluginError
from fwcompare.model.ports import Profiler, Reporter, Runtime, ServiceProvider
from fwcompare.model.schema_problems import did_you_mean
from fwcompare.model.target import NO_PROFILER, Target
from fwcompare.model.workload import Workload
from fwcompare.plugins.blame import describe
from fwcompare.plugins.contained import LIMIT_S, Contained, contained
from fwcompare.plugins.folders import as_module, folder_plugins
from fwcompare.plugins.observers import Observers, call_one, implementors
from fwcompare.plugins.offers import Offers, PluginInfo, Registry
from fwcompare.plugins.selection import Selection

ENTRY_POINT_GROUP = "fwcompare"
API = "FWCOMPARE_API"
"""The name by which a plugin's module says which version of the hooks it was made for."""

_PREFIX = "fwcompare_"
BUILTIN = "builtin"
"""The name of the plugin that is core itself."""

_NOT_KNOWN = "-"


def discover(
    entry_points: Iterable[importlib.metadata.EntryPoint] | None = None, selection: Selection | None = None
) -> Registry:
    """Load every plugin that is wanted and gather what it offers.

    :param entry_points: instead of the installed ones, for tests.
    :param selection: all that is installed, when absent.
    :raises ScenarioError: when the selection names what is not there.
    """
    selection = selection or Selection()
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    found = importlib.metadata.entry_points(group=ENTRY_POINT_GROUP) if entry_points is None else entry_points
    points = sorted(found, key=lambda point: point.name)
    folders = folder_plugins(selection.folders, selection.named_in_environment)
    selection.check([*(point.name for point in points), *(folder.name for folder in folders)])
    sources = [
        *(_Source(point.name, point.dist.version if point.dist else "?", point.value, point.load) for point in points),
        *(
            _Source(folder.name, _NOT_KNOWN, str(folder), partial(as_module, folder), installed=False)
            for folder in folders
        ),
    ]
    offers = [_take(manager, _Source(BUILTIN, _own_version(), "fwcompare", lambda: builtin))]
    for source in sources:
        blocked = selection.blocked(source.name, installed=source.installed)
        offers.append(_Offered(source.info("blocked", reason=blocked)) if blocked else _take(manager, source))
    return _assemble(manager, offers)


@dataclass(frozen=True)
class _Source:
    """Where a plugin comes from."""

    name: str
    version: str
    origin: str
    load: Callable[[], ModuleType]
    installed: bool = True

    def info(
        self,
        state: Literal["ok", "broken", "blocked"],
        hooks: Iterable[str] = (),
        reason: str = "",
        remarks: Iterable[str] = (),
    ) -> PluginInfo:
        return PluginInfo(
            self.name, self.version, self.origin, tuple(sorted(hooks)), (), state, reason, tuple(dict.fromkeys(remarks))
        )


@dataclass
class _Offered:
    info: PluginInfo
    values: dict[str, list[tuple[str, Any]]] = field(default_factory=dict)


# What each offering hook must hand over: the type, and how its values are named.
_OFFERING: Mapping[str, tuple[Any, Callable[[Any], str]]] = {
    "fwcompare_targets": (Target, lambda target: target.name),
    "fwcompare_workloads": (Workload, lambda workload: workload.name),
    "fwcompare_scenarios": (Path, str),
    "fwcompare_services": (None, lambda provider: f"{provider.service}:{provider.name}"),
    "fwcompare_runtimes": (None, lambda runtime: runtime.name),
    "fwcompare_profilers": (None, lambda profiler: profiler.name),
    "fwcompare_reporters": (None, lambda reporter: reporter.name),
}


def _take(manager: pluggy.PluginManager, source: _Source) -> _Offered:
    loaded = contained(source.load)
    reason = _what_failed(loaded, "import")
    if loaded.value is None:
        return _Offered(source.info("broken", reason=reason, remarks=loaded.remarks))
    reason = _made_for_another(loaded.value) or _hook_faults(manager, loaded.value)
    if not reason and manager.has_plugin(source.name):
        reason = f"another plugin is named {source.name!r}; one of the two must be renamed"
    if not reason:
        try:
            manager.register(loaded.value, source.name)
        except (pluggy.PluginValidationError, ValueError) as error:
            reason = describe(error)
    if reason:
        return _Offered(source.info("broken", reason=reason, remarks=loaded.remarks))
    return _asked(manager, source, loaded.remarks)


def _asked(manager: pluggy.PluginManager, source: _Source, remarks: tuple[str, ...]) -> _Offered:
    """Ask a registered plugin for all that it offers; one that fails in it offers nothing."""
    hooks = [hook for hook in _spec_names() if source.name in implementors(manager, hook)]
    values: dict[str, list[tuple[str, Any]]] = {}
    for hook in (hook for hook in _OFFERING if hook in hooks):
        came = contained(partial(_gather, manager, hook, source.name))
        remarks += came.remarks
        if came.value is None:
            manager.unregister(name=source.name)
            return _Offered(source.info("broken", hooks, _what_failed(came, hook), remarks))
        values[hook] = came.value
    return _Offered(source.info("ok", hooks, remarks=remarks), values)


def _what_failed(came: Contained[Any], what: str) -> str:
    if came.hung:
        return f"{what} did not end within {LIMIT_S:g} s"
    if came.raised is None:
        return f"{what} gave nothing"
    # A target.toml is read and not imported, and what is wrong with it says so itself.
    imported = what == "import" and not isinstance(came.raised, FwcompareError)
    return f"import failed: {describe(came.raised)}" if imported else describe(came.raised)


def _made_for_another(module: ModuleType) -> str:
    """Say why a plugin was made for other hooks than these; nothing when it was made for them."""
    wanted = getattr(module, API, hookspecs.HOOK_API)
    if isinstance(wanted, bool) or not isinstance(wanted, int) or wanted < 1:
        return f"{API} is {wanted!r}; expected the number of a version of the hooks, such as {hookspecs.HOOK_API}"
    if wanted > hookspecs.HOOK_API:
        return (
            f"it was made for version {wanted} of the hooks, and this fwcompare ({_own_version()}) has version "
            f"{hookspecs.HOOK_API}; upgrade fwcompare, or install an older version of the plugin"
        )
    return ""


def _gather(manager: pluggy.PluginManager, hook: str, name: str) -> list[tuple[str, Any]]:
    kind, name_of = _OFFERING[hook]
    values = []
    for value in call_one(manager, hook, name):
        if kind is not None and not isinstance(value, kind):
            raise PluginError(f"{hook} handed over {type(value).__name__}", expected=kind.__name__)
        if isinstance(value, Path) and not value.is_dir():
            raise PluginError(f"{hook} named a folder that is not there", seen=str(value))
        values.append((name_of(value), value))
    return values


def _hook_faults(manager: pluggy.PluginManager, module: ModuleType) -> str:
    """Say what is wrong with the hook functions of a plugin before pluggy would pass over it in silence."""
    specs = _spec_names()
    for attribute in sorted(vars(module)):
        if not attribute.startswith(_PREFIX) or not callable(getattr(module, attribute)):
            continue
        if attribute not in specs:
            near = difflib.get_close_matches(attribute, specs, n=1)
            return f"{attribute} is no hook" + (f"; did you mean {near[0]}?" if near else "")
        if manager.parse_hookimpl_opts(module, attribute) is None:
            return f"{attribute} lacks the @fwcompare.hookimpl mark"
    return ""


def _assemble(manager: pluggy.PluginManager, offered: list[_Offered]) -> Registry:
    by_hook: dict[str, Offers[Any]] = {
        "fwcompare_targets": Offers[Target]("target"),
        "fwcompare_workloads": Offers[Workload]("workload"),
        "fwcompare_services": Offers[ServiceProvider]("service"),
        "fwcompare_runtimes": Offers[Runtime]("runtime"),
        "fwcompare_profilers": Offers[Profiler]("profiler"),
        "fwcompare_reporters": Offers[Reporter]("reporter"),
    }
    folders: list[Path] = []
    for plugin in offered:
        for hook, values in plugin.values.items():
            if hook == "fwcompare_scenarios":
                folders += [folder for _, folder in values]
                continue
            for name, value in values:
                by_hook[hook].add(name, plugin.info.name, value)
    for offers in by_hook.values():
        offers.broken = [plugin.info for plugin in offered if plugin.info.state == "broken"]
    clashes = [
        (offers.kind, name, plugins) for offers in by_hook.values() for name, plugins in offers.clashes().items()
    ]
    profilers = by_hook["fwcompare_profilers"].names()
    return Registry(
        plugins=tuple(_with_remarks(_with_clashes(plugin, clashes), plugin, profilers) for plugin in offered),
        targets=by_hook["fwcompare_targets"],
        workloads=by_hook["fwcompare_workloads"],
        services=by_hook["fwcompare_services"],
        runtimes=by_hook["fwcompare_runtimes"],
        profilers=by_hook["fwcompare_profilers"],
        reporters=by_hook["fwcompare_reporters"],
        scenario_folders=tuple(folders),
        observers=Observers(manager),
    )


def _with_clashes(plugin: _Offered, clashes: list[tuple[str, str, tuple[str, ...]]]) -> PluginInfo:
    mine = [
        f"{kind} {name!r} clashes: offered by {' and '.join(plugins)}"
        for kind, name, plugins in clashes
        if plugin.info.name in plugins
    ]
    targets = tuple(name for name, _ in plugin.values.get("fwcompare_targets", []))
    reason = "; ".join([plugin.info.reason, *mine] if plugin.info.reason else mine)
    return replace(plugin.info, targets=targets, reason=reason)


def _with_remarks(info: PluginInfo, plugin: _Offered, profilers: Sequence[str]) -> PluginInfo:
    """Remark what only shows when a run is planned, so that an author reads it when the plugin is first seen."""
    remarks = [
        f"target {name!r} names profiler {target.profiler!r}, which no plugin offers"
        f"{did_you_mean(target.profiler, profilers)}"
        for name, target in plugin.values.get("fwcompare_targets", [])
        if target.profiler not in (*profilers, NO_PROFILER)
    ]
    return replace(info, remarks=(*info.remarks, *remarks))


def _spec_names() -> list[str]:
    return [name for name in vars(hookspecs) if name.startswith(_PREFIX)]


def _own_version() -> str:
    return importlib.metadata.version("fwcompare")
