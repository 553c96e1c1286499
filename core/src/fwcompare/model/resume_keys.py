"""What a trial is a trial of, as a hash: its cell, its target and its host. Pure.

A run that is resumed must go on measuring the same things on the same machine, or its blocks would be of different
experiments. Of the host those facts count that fix how fast it is; how busy it happened to be does not.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from fwcompare.model.plan import Cell

HOST_FACTS: Final = (
    "id",
    "machine",
    "cpu_model",
    "cpus",
    "cores",
    "memory_mib",
    "hypervisor",
    "governor",
    "clock_source",
    "kernel",
)
_DIGITS: Final = 16


@dataclass(frozen=True)
class Keys:
    """The digests of a run. ``sources`` are by target, ``environments`` by cells' own; one not built has none."""

    host: str
    sources: Mapping[str, str]
    environments: Mapping[str, str] = field(default_factory=dict)

    def built(self, environment: str, digest: str) -> "Keys":
        """Add what an environment was made from."""
        return replace(self, environments={**self.environments, environment: digest})

    def of(self, cell: Cell) -> str:
        """Give the key of a trial of ``cell``."""
        return self._of(cell, self.environments.get(cell.environment, ""))

    def accepts(self, key: str, cell: Cell) -> bool:
        """Tell whether a trial's key is of this run: one whose target could not be built then is, too."""
        return key in (self.of(cell), self._of(cell, ""))

    def _of(self, cell: Cell, environment: str) -> str:
        parts = [cell.digest, self.sources.get(cell.target, ""), environment, self.host]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:_DIGITS]


def host_digest(host: Mapping[str, object]) -> str:
    """Hash the facts of a host that a resumed run must find again."""
    return hashlib.sha256(json.dumps(stable_facts(host), sort_keys=True).encode()).hexdigest()[:_DIGITS]


def stable_facts(host: Mapping[str, object]) -> dict[str, object]:
    """Give :data:`HOST_FACTS`; memory in GiB, because a kernel keeps a little more or less of it at each boot."""
    facts = {name: host.get(name) for name in HOST_FACTS}
    memory_mib = facts.pop("memory_mib")
    return {**facts, "memory_gib": round(memory_mib / 1024) if isinstance(memory_mib, int) else None}
