"""What a run was made with: recorded at its start, completed as targets and services say what they are.

Secrets do not enter: the command line is kept, environment variables are not, and of what targets and services say
the passwords in URLs and whatever is named a secret are left out.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field

from fwcompare.model.limits import Placement, ServiceRoom
from fwcompare.model.plan import Cell
from fwcompare.model.ports import Environment, ServiceFacts
from fwcompare.model.quantities import redacted
from fwcompare.model.target import Target
from fwcompare.planning.placement import NOT_PINNED

_WORDS = r"(?:pass(?:word|wd|phrase)?|pwd|secret|token|credentials?|conninfo|(?:api|private|secret)_?key)"
_SECRET = re.compile(rf"(?:^|[_.\- ]){_WORDS}$", re.IGNORECASE)
_ASSIGNED = re.compile(rf"(?P<name>(?:^|(?<=[_.\- ?&\"'])){_WORDS})=[^\s&\"']+", re.IGNORECASE)
"""``password=...``, as connection strings, queries of URLs and options have it."""

_HIDDEN = "***"


@dataclass
class Provenance:
    """The record under ``environment`` in ``run.json``.

    ``digests`` maps a target to the hash of all it declares and serves, its locked requirements among it. ``source``
    is what is known of the source of fwcompare itself, ``load_generator`` its version and how it was built. ``limits``
    says who runs where and what is asked for (what held is each trial's), ``placement`` gives the CPUs themselves,
    ``client`` how the load generator was kept to its own. ``known_host`` are
    conditions that were measured: the client's ceiling, a host check.
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
    source: Mapping[str, object] = field(default_factory=dict)
    load_generator: Mapping[str, str] = field(default_factory=dict)
    known_host: Mapping[str, object] = field(default_factory=dict)
    _finished: str | None = None
    _services: dict[str, ServiceFacts] = field(default_factory=dict)
    _facts: dict[str, Mapping[str, object]] = field(default_factory=dict)
    _environments: dict[str, dict[str, dict[str, object]]] = field(default_factory=dict)

    def environment(self, target: str, how_built: str, made: Environment) -> None:
        """Take what is known of what a target is served from: of an image its name and id.

        :param how_built: :attr:`Cell.how_built`.
        """
        if made.facts:
            self._environments.setdefault(target, {}).setdefault(how_built, {}).update(made.facts)

    def service(self, name: str, facts: ServiceFacts) -> None:
        """Take what a service says it is."""
        self._services[name] = facts

    def facts(self, cell: Cell, facts: Mapping[str, object] | None) -> None:
        """Take what a target says it is; the last word counts.

        One that was built with arguments may be another language's version: what it says stands beside its image.
        """
        if facts is None:
            return
        if cell.arguments:
            built = self._environments.setdefault(cell.target, {}).setdefault(cell.how_built, {})
            built["facts"] = without_secrets(facts)
        else:
            self._facts[cell.target] = facts

    def finished(self, when: str) -> None:
        """Take the end of the run, ISO 8601."""
        self._finished = when

    def record(self) -> dict[str, object]:
        """Give it as it is stored."""
        return {
            "fwcompare": self.version,
            "source": dict(self.source),
            "load_generator": dict(self.load_generator),
            "python": self.python,
            "command": _shown(self.command),
            "started": self.started,
            "finished": self._finished,
            "limits": self.limits,
            "placement": asdict(self.placement),
            "client": self.client,
            "host": dict(self.host),
            **self.known_host,
            "services": {name: without_secrets(asdict(facts)) for name, facts in self._services.items()},
            "targets": {
                name: {
                    "title": target.title,
                    "framework": target.framework,
                    "language": target.language,
                    "digest": self.digests[name],
                    "build": [" ".join(command) for command in target.build.commands],
                    "facts": without_secrets(self._facts.get(name)),
                    **{how_built: dict(known) for how_built, known in self._environments.get(name, {}).items()},
                }
                for name, target in self.targets.items()
            },
        }


def service_room(environment: Mapping[str, object]) -> ServiceRoom | None:
    """Give the CPUs that services had in a recorded run; None when they were kept to none."""
    placement = environment.get("placement")
    if not isinstance(placement, Mapping) or not placement.get("service"):
        return None
    cpus = set(placement["service"])
    return ServiceRoom(len(cpus), with_client=bool(cpus & set(placement.get("client", ()))))


def without_secrets(value: object, name: str = "") -> object:
    """Give what was said without passwords in URLs, and without the text of anything named a secret."""
    if isinstance(value, Mapping):
        return {key: without_secrets(inner, str(key)) for key, inner in value.items()}
    if isinstance(value, str):
        return _HIDDEN if value and _SECRET.search(name) else _shown(value)
    if isinstance(value, Sequence):
        return [without_secrets(inner, name) for inner in value]
    return value


def _shown(text: str) -> str:
    return _ASSIGNED.sub(rf"\g<name>={_HIDDEN}", redacted(text))
