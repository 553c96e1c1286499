"""Tells plugins what happens in a run. One that raises or hangs is named and does not stop the run."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pluggy

from fwcompare.plugins.blame import describe
from fwcompare.plugins.contained import LIMIT_S, contained


class Observers:
    """The plugins that observe."""

    def __init__(self, manager: pluggy.PluginManager) -> None:
        self._manager = manager
        self._hung: set[str] = set()

    def tell(self, hook: str, warn: Callable[[str], None], **arguments: object) -> None:
        """Call every implementation of an observing hook; ``warn`` takes a line for each that misbehaves.

        One that hangs is told nothing more.
        """
        for name in implementors(self._manager, hook):
            if name in self._hung:
                continue
            came = contained(partial(call_one, self._manager, hook, name, **arguments))
            if came.hung:
                self._hung.add(name)
                warn(f"plugin {name!r} hung in {hook} for {LIMIT_S:g} s and is told nothing more")
            elif came.raised is not None:
                warn(f"plugin {name!r} raised in {hook}: {describe(came.raised)}")
            for remark in came.remarks:
                warn(f"plugin {name!r} in {hook}: {remark}")


def implementors(manager: pluggy.PluginManager, hook: str) -> list[str]:
    """Name the plugins that implement a hook."""
    return [implementation.plugin_name for implementation in getattr(manager.hook, hook).get_hookimpls()]


def call_one(manager: pluggy.PluginManager, hook: str, name: str, **arguments: object) -> list[Any]:
    """Call one plugin's implementation of a hook; give what it handed over, one by one."""
    others = [plugin for other, plugin in manager.list_name_plugin() if other != name]
    answers = manager.subset_hook_caller(hook, others)(**arguments)
    return [value for answer in answers for value in answer] if answers else []
