"""Which plugins are wanted: all that are installed, less those that were left out, and folders beside them."""

import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from fwcompare.errors import ScenarioError

ONLY: Final = "FWCOMPARE_PLUGINS"
FOLDERS: Final = "FWCOMPARE_PLUGIN_DIRS"


@dataclass(frozen=True)
class Selection:
    """A choice of plugins. ``only`` None: every one; core's own are always there.

    ``folders`` hold a ``target.toml``, or have folders right below that do; ``named_in_environment`` are those of them
    that ``FWCOMPARE_PLUGIN_DIRS`` names.
    """

    only: frozenset[str] | None = None
    without: frozenset[str] = frozenset()
    folders: tuple[Path, ...] = ()
    named_in_environment: frozenset[Path] = frozenset()

    @classmethod
    def of(
        cls, environment: Mapping[str, str], folders: Sequence[Path] = (), without: Collection[str] = ()
    ) -> "Selection":
        """Give what the environment says and what the user added.

        ``FWCOMPARE_PLUGINS`` holds names of installed plugins with commas between, ``FWCOMPARE_PLUGIN_DIRS`` folders
        as ``PATH`` does.
        """
        named = environment.get(ONLY)
        listed = [Path(folder).resolve() for folder in environment.get(FOLDERS, "").split(os.pathsep) if folder]
        return cls(
            only=None if named is None else frozenset(name for part in named.split(",") if (name := part.strip())),
            without=frozenset(without),
            folders=tuple(dict.fromkeys((*(folder.resolve() for folder in folders), *listed))),
            named_in_environment=frozenset(listed),
        )

    def blocked(self, name: str, *, installed: bool = True) -> str:
        """Say why a plugin is not wanted; nothing when it is.

        :param installed: a folder was asked for, and is no matter of ``FWCOMPARE_PLUGINS``.
        """
        if name in self.without:
            return "left out with --no-plugin"
        if installed and self.only is not None and name not in self.only:
            return f"not named in {ONLY}"
        return ""

    def check(self, known: Collection[str]) -> None:
        """Refuse a name that no plugin has: left as it is, it would do nothing.

        :raises ScenarioError: then.
        """
        for where, names in (("--no-plugin", self.without), (ONLY, self.only or frozenset())):
            unknown = sorted(names - set(known))
            if unknown:
                raise ScenarioError(
                    f"plugin {unknown[0]!r} does not exist",
                    seen=f"it is named in {where}",
                    expected=", ".join(sorted(known)),
                    hint="fwcompare plugins    lists what is installed",
                )
