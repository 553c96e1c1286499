"""What plugins are and offer: a list of them, and everything offered by name."""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, Literal, TypeVar

from fwcompare.errors import PluginError, ScenarioError
from fwcompare.model.ports import Profiler, Reporter, Runtime, ServiceProvider
from fwcompare.model.target import Target
from fwcompare.model.workload import Workload
from fwcompare.plugins.observers import Observers

T = TypeVar("T")


@dataclass(frozen=True)
class PluginInfo:
    """What is known of one plugin.

    ``reason`` says why it is broken or blocked, or which of its names clash; ``remarks`` what it did while it was
    loaded that a plugin should not do, and that was contained, or what of it cannot be used in a run.
    """

    name: str
    version: str
    origin: str
    hooks: tuple[str, ...]
    targets: tuple[str, ...]
    state: Literal["ok", "broken", "blocked"]
    reason: str = ""
    remarks: tuple[str, ...] = ()


@dataclass
class Offers(Generic[T]):
    """Things of one kind by name, with the plugin that offers each.

    ``broken`` are the plugins that offer nothing, whatever they would have offered.
    """

    kind: str
    broken: Sequence[PluginInfo] = ()
    _by_name: dict[str, list[tuple[str, T]]] = field(default_factory=dict)

    def add(self, name: str, plugin: str, value: T) -> None:
        """Take an offer; a second one of the same name makes it unusable, see :meth:`get`."""
        self._by_name.setdefault(name, []).append((plugin, value))

    def get(self, name: str) -> T:
        """Give what is offered under ``name``.

        :raises ScenarioError: when there is no such thing, with the nearest name; a plugin that is broken may have
            had it, so why each is stands below.
        :raises PluginError: when several plugins offer it; names them.
        """
        offers = self._by_name.get(name, [])
        if not offers:
            near = difflib.get_close_matches(name, self._by_name, n=1)
            raise ScenarioError(
                f"{self.kind} {name!r} does not exist",
                expected=", ".join(sorted(self._by_name)) or f"no plugin offers any {self.kind}",
                details=[line for plugin in self.broken for line in _why_broken(plugin)],
                hint=f"did you mean {near[0]!r}?" if near else "fwcompare plugins    lists what is installed",
            )
        if len(offers) > 1:
            raise PluginError(
                f"{self.kind} {name!r} is offered by several plugins",
                seen=" and ".join(repr(plugin) for plugin, _ in offers),
                expected="one plugin for each name",
                hint=f"fwcompare ... --no-plugin {offers[-1][0]}    leaves one out; or rename one",
            )
        return offers[0][1]

    def names(self) -> list[str]:
        """Give every name that is offered, by one plugin or by several, sorted."""
        return sorted(self._by_name)

    def clashes(self) -> dict[str, tuple[str, ...]]:
        """Give each name that is offered more than once, with the plugins that offer it."""
        return {
            name: tuple(plugin for plugin, _ in offers) for name, offers in self._by_name.items() if len(offers) > 1
        }

    def usable(self) -> dict[str, T]:
        """Give everything that :meth:`get` would give, in the order it was offered."""
        return {name: offers[0][1] for name, offers in self._by_name.items() if len(offers) == 1}


def _why_broken(plugin: PluginInfo) -> list[str]:
    first, *more = plugin.reason.splitlines()
    return [f"plugin {plugin.name!r} is broken: {first}", *more]


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
    observers: Observers

    def clashes(self) -> list[str]:
        """Tell each name that cannot be used because several plugins offer it, with these."""
        return [
            f"{offers.kind} {name!r} is left out: it is offered by {' and '.join(map(repr, plugins))}"
            for offers in (
                *(self.targets, self.workloads, self.services),
                *(self.runtimes, self.profilers, self.reporters),
            )
            for name, plugins in offers.clashes().items()
        ]

    def broken(self) -> list[PluginInfo]:
        """Give the plugins that could not be used."""
        return [plugin for plugin in self.plugins if plugin.state == "broken"]
