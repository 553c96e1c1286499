"""What a run was made with: recorded at its start, completed as targets and services say what they are.

Secrets do not enter: the command line is kept, environment variables are not, and URLs with passwords are
never recorded.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from fwcompare.model.limits import Placement
from fwcompare.model.ports import ServiceFacts
from fwcompare.model.quantities import redacted
from fwcompare.model.target import Target
from fwcompare.planning.placement import NOT_PINNED


@dataclass
class Provenance:
    """The record under ``environment`` in ``run.json``.

    ``digests`` maps a target to the hash of its source. ``limits`` says who runs where and what is asked for (what held
    is each trial's), ``placement`` gives the CPUs themselves, ``client`` how the load generator was kept to its own.
    """

    version: str
    python: str
    command: str
    host: Mapping[str, object]
    targets: Mapping[str, Target]
    digests: Mapping[str, str]
    started: str
    limits: str = NOT_PINNED
    placement: Placement = field(default_factory=Placement)
    client: str = ""
    _finished: str | None = None
    _services: dict[str, ServiceFacts] = field(default_factory=dict)
    _facts: dict[str, Mapping[str, object]] = field(default_factory=dict)

    def service(self, name: str, facts: ServiceFacts) -> None:
        """Take what a service says it is."""
        self._services[name] = facts

    def facts(self, target: str, facts: Mapping[str, object] | None) -> None:
        """Take what a target says it is; the last word counts."""
        if facts is not None:
            self._facts[target] = facts

    def finished(self, when: str) -> None:
        """Take the end of the run, ISO 8601."""
        self._finished = when

    def record(self) -> dict[str, object]:
        """Give it as it is stored."""
        return {
            "fwcompare": self.version,
            "python": self.python,
            "command": redacted(self.command),
            "started": self.started,
            "finished": self._finished,
            "limits": self.limits,
            "placement": asdict(self.placement),
            "client": self.client,
            "host": dict(self.host),
            "services": {name: asdict(facts) for name, facts in self._services.items()},
            "targets": {
                name: {
                    "title": target.title,
                    "framework": target.framework,
                    "language": target.language,
                    "digest": self.digests[name],
                    "facts": self._facts.get(name),
                }
                for name, target in self.targets.items()
            },
        }
