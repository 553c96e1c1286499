"""Finding plugins, blaming the one at fault, and holding what they offer. The only user of pluggy's manager.

Entry points of the group ``fwcompare`` are loaded one by one. A plugin that fails to import, misspells a
hook or offers rubbish is *broken*: it is listed with the reason, offers nothing, and stops nothing else. A
name that two plugins offer is refused on use, since either would be a guess.
"""

import difflib
import importlib.metadata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any, Generic, Literal, TypeVar

import pluggy

from fwcompare import builtin, hookspecs
from fwcompare.errors import PluginError, ScenarioError
from fwcompare.model.ports import Profiler, Reporter, Runtime, ServiceProvider
from fwcompare.model.target import Target
from fwcompare.model.workload import Workload

ENTRY_POINT_GROUP = "fwcompare"
_PREFIX = "fwcompare_"
T = TypeVar("T")


@dataclass(frozen=True)
class PluginInfo:
    """What is known of one plugin. ``reason`` says why it is broken, or which of its names clash."""

    name: str
    version: str
    origin: str
    hooks: tuple[str, ...]
    targets: tuple[str, ...]
    state: Literal["ok", "broken"]
    reason: str = ""


@dataclass
class Offers(Generic[T]):
    """Things of one kind by name, with the plugin that offers each."""

    kind: str
    _by_name: dict[str, list[tuple[str, T]]] = field(default_factory=dict)

    def add(self, name: str, plugin: str, value: T) -> None:
        """Take an offer; a second one of the same name makes it unusable, see :meth:`get`."""
        self._by_name.setdefault(name, []).append((plugin, value))

    def get(self, name: str) -> T:
        """Give what is offered under ``name``.

        :raises ScenarioError: when there is no such thing, with the nearest name.
        :raises PluginError: when several plugins offer it; names them.
        """
        offers = self._by_name.get(name, [])
        if not offers:
            near = difflib.get_close_matches(name, self._by_name, n=1)
            raise ScenarioError(
                f"{self.kind} {name!r} does not exist",
                expected=", ".join(sorted(self._by_name)) or f"no plugin offers any {self.kind}",
                hint=f"did you mean {near[0]!r}?" if near else "fwcompare plugins    lists what is installed",
            )
        if len(offers) > 1:
            raise PluginError(
                f"{self.kind} {name!r} is offered by several plugins",
                seen=" and ".join(repr(plugin) for plugin, _ in offers),
                expected="one plugin for each name",
                hint="uninstall or rename one of them",
            )
        return offers[0][1]

    def clashes(self) -> dict[str, tuple[str, ...]]:
        """Give each name that is offered more than once, with the plugins that offer it."""
        return {
            name: tuple(plugin for plugin, _ in offers) for name, offers in self._by_name.items() if len(offers) > 1
        }

    def usable(self) -> dict[str, T]:
        """Give everything that :meth:`get` would give, in the order it was offered."""
        return {name: offers[0][1] for name, offers in self._by_name.items() if len(offers) == 1}


@dataclass(frozen=True)
class Registry:
    """Every plugin, and all that the sound ones offer. Services are named ``service:provider``."""

    plugins: tuple[PluginInfo, ...]
    targets: Offers[Target]
    workloads: Offers[Workload]
    services: Offers[ServiceProvider]
    runtimes: Offers[Runtime]
    profilers: Offers[Profiler]
    reporters: Offers[Reporter]
    scenario_folders: tuple[Path, ...]
    observers: "Observers"

    def broken(self) -> list[PluginInfo]:
        """Give the plugins that could not be used."""
        return [plugin for plugin in self.plugins if plugin.state == "broken"]


class Observers:
    """Tells plugins what happens in a run. One that raises is named and does not stop the run."""

    def __init__(self, manager: pluggy.PluginManager) -> None:
        self._manager = manager

    def tell(self, hook: str, warn: Callable[[str], None], **arguments: object) -> None:
        """Call every implementation of an observing hook; ``warn`` takes a line for each that raises."""
        for name in _implementors(self._manager, hook):
            try:
                _call_one(self._manager, hook, name, **arguments)
            except Exception as error:  # noqa: BLE001 - the plugin's code may raise anything; it is blamed by name
                warn(f"plugin {name!r} raised in {hook}: {_describe(error)}")


def discover(entry_points: Iterable[importlib.metadata.EntryPoint] | None = None) -> Registry:
    """Load every plugin and gather what it offers.

    :param entry_points: instead of the installed ones, for tests.
    """
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    found = importlib.metadata.entry_points(group=ENTRY_POINT_GROUP) if entry_points is None else entry_points
    offers: list[_Offered] = [_take(manager, "builtin", _own_version(), "fwcompare", lambda: builtin)]
    offers += [
        _take(manager, point.name, point.dist.version if point.dist else "?", point.value, point.load)
        for point in sorted(found, key=lambda point: point.name)
    ]
    return _assemble(manager, offers)


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


def _take(
    manager: pluggy.PluginManager, name: str, version: str, origin: str, load: Callable[[], ModuleType]
) -> _Offered:
    def info(state: Literal["ok", "broken"], hooks: Iterable[str] = (), reason: str = "") -> PluginInfo:
        return PluginInfo(name, version, origin, tuple(sorted(hooks)), (), state, reason)

    try:
        module = load()
    except (Exception, SystemExit) as error:  # noqa: BLE001 - importing foreign code may raise anything; it is blamed
        return _Offered(info("broken", reason=f"import failed: {_describe(error)}"))
    reason = _hook_faults(manager, module)
    if reason:
        return _Offered(info("broken", reason=reason))
    if manager.has_plugin(name):
        return _Offered(info("broken", reason=f"another plugin is named {name!r}; one of the two must be renamed"))
    try:
        manager.register(module, name)
    except (pluggy.PluginValidationError, ValueError) as error:
        return _Offered(info("broken", reason=_describe(error)))
    offered = _Offered(info("ok", [hook for hook in _spec_names() if name in _implementors(manager, hook)]))
    try:
        for hook in _OFFERING:
            if hook in offered.info.hooks:
                offered.values[hook] = _gather(manager, hook, name)
    except Exception as error:  # noqa: BLE001 - the plugin's hook may raise anything; it is blamed by name
        manager.unregister(name=name)
        return _Offered(info("broken", offered.info.hooks, f"{_describe(error)}"))
    return offered


def _gather(manager: pluggy.PluginManager, hook: str, name: str) -> list[tuple[str, Any]]:
    kind, name_of = _OFFERING[hook]
    values = []
    for value in _call_one(manager, hook, name):
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
    clashes = [
        (offers.kind, name, plugins) for offers in by_hook.values() for name, plugins in offers.clashes().items()
    ]
    return Registry(
        plugins=tuple(_with_clashes(plugin, clashes) for plugin in offered),
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
    info = plugin.info
    mine = [
        f"{kind} {name!r} clashes: offered by {' and '.join(plugins)}"
        for kind, name, plugins in clashes
        if info.name in plugins
    ]
    targets = tuple(name for name, _ in plugin.values.get("fwcompare_targets", []))
    reason = "; ".join([info.reason, *mine] if info.reason else mine)
    return PluginInfo(info.name, info.version, info.origin, info.hooks, targets, info.state, reason)


def _spec_names() -> list[str]:
    return [name for name in vars(hookspecs) if name.startswith(_PREFIX)]


def _implementors(manager: pluggy.PluginManager, hook: str) -> list[str]:
    return [implementation.plugin_name for implementation in getattr(manager.hook, hook).get_hookimpls()]


def _call_one(manager: pluggy.PluginManager, hook: str, name: str, **arguments: object) -> list[Any]:
    others = [plugin for other, plugin in manager.list_name_plugin() if other != name]
    answers = manager.subset_hook_caller(hook, others)(**arguments)
    return [value for answer in answers for value in answer] if answers else []


def _describe(error: BaseException) -> str:
    return str(error) if isinstance(error, PluginError) else f"{type(error).__name__}: {error}"


def _own_version() -> str:
    return importlib.metadata.version("fwcompare")
