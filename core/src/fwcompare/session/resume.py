"""A run that ended early is opened again, if everything that its trials were of is still there.

Refuses another machine, a target that is no longer what was measured, and another version of fwcompare: the blocks to
come would be measurements of something else, or by another instrument, and METHOD names no winner over such blocks.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fwcompare.errors import HostError, PluginError, ScenarioError
from fwcompare.model.measurement import Trial
from fwcompare.model.quantities import redacted
from fwcompare.model.resume_keys import Keys, host_digest, stable_facts
from fwcompare.model.scenario import Scenario
from fwcompare.plugins import Registry
from fwcompare.session.assemble import Resolved
from fwcompare.session.begun import Begun
from fwcompare.session.provenance import Provenance
from fwcompare.session.world import World
from fwcompare.store.leftovers import cut_torn_lines, remove_services, remove_unfinished
from fwcompare.store.run_directory import RecordedRun, RunDirectory

_SHOWN = 12
_ANEW = "fwcompare run SCENARIO    measures anew"
_REDACTED = ":***@"


@dataclass(frozen=True)
class Resumable:
    """A recorded run that may go on, with its names found again and its secrets given again."""

    store: RunDirectory
    recorded: RecordedRun
    resolved: Resolved


def find_resumable(store: RunDirectory, services: Mapping[str, str], found: Registry) -> Resumable:
    """Read a recorded run and find what it names.

    :param services: URLs given again, by service, for those that were recorded without their password.
    :raises ScenarioError: when it cannot be read, or a password is missing.
    """
    recorded = store.read_run()
    scenario = _with_passwords(store, recorded.scenario, services)
    workloads = tuple(found.workloads.get(name) for name in scenario.workload)
    for runtime in scenario.runtime:
        found.runtimes.get(runtime)
    return Resumable(store, recorded, Resolved(scenario, workloads, recorded.plan))


def _with_passwords(store: RunDirectory, scenario: Scenario, given: Mapping[str, str]) -> Scenario:
    for name, url in given.items():
        recorded = scenario.services.get(name, "none")
        if redacted(url) != recorded:
            raise ScenarioError(
                f"run {store.name} used another service {name}",
                seen=redacted(url),
                expected=recorded,
                hint=_ANEW,
            )
    for name, url in scenario.services.items():
        if _REDACTED in url and name not in given:
            raise ScenarioError(
                f"run {store.name} used a service at a URL, of which the password is not recorded",
                seen=f"services.{name}: {url}",
                expected="the same URL with its password",
                hint=f"{store.how_to_resume} --set services.{name}={url.replace(_REDACTED, ':PASSWORD@')}",
            )
    return scenario.model_copy(update={"services": {**scenario.services, **given}})


def reopen(world: World, run: Resumable, provenance: Provenance) -> Begun:
    """Take up a run where it ended: check that it is the same experiment, then clear away what is half done.

    The run must be held, :meth:`RunDirectory.held`.

    :raises PluginError: when a target is no longer what was measured.
    :raises HostError: on another machine.
    :raises ScenarioError: when it was made by another fwcompare, or holds trials of something else.
    """
    store, recorded = run.store, run.recorded
    keys = _same_experiment(store, recorded, provenance)
    for line in cut_torn_lines(store):
        world.warn(line)
    trials, torn = store.read_trials()
    audits, torn_audits = store.read_audits()
    for line in (*torn, *torn_audits):
        world.warn(line)
    _must_be_of(store, trials, keys)
    for line in remove_unfinished(store, trials):
        world.say(line)
    remove_services(store, world.clock.sleep)
    return Begun(
        store, run.resolved.scenario, recorded.plan, keys, list(trials), list(audits), earlier=recorded.environment
    )


def new_keys(provenance: Provenance) -> Keys:
    """Give the keys of a run that begins; its environments are not built yet."""
    return Keys(host_digest(provenance.host), dict(provenance.digests))


def same_environment(keys: Keys, environment: str, digest: str) -> Keys:
    """Note what an environment was made from; it is named as :attr:`Cell.environment`.

    :raises PluginError: when earlier sessions measured it in another one.
    """
    before = keys.environments.get(environment, digest)
    if before != digest:
        raise _changed(environment, "its environment is made from something else", before, digest)
    return keys.built(environment, digest)


def _same_experiment(store: RunDirectory, recorded: RecordedRun, provenance: Provenance) -> Keys:
    version = recorded.environment.get("fwcompare")
    if recorded.keys is None or version != provenance.version:
        raise ScenarioError(
            f"run {store.name} was made by another fwcompare",
            seen=f"fwcompare {version}" + ("" if recorded.keys else ", which recorded no keys to resume by"),
            expected=f"fwcompare {provenance.version}: half a run by another instrument could not be compared",
            hint=_ANEW,
        )
    now = new_keys(provenance)
    if recorded.keys.host != now.host:
        raise HostError(
            f"run {store.name} was measured on another host",
            seen="; ".join(_host_changes(recorded.environment.get("host"), provenance.host)),
            expected="the same machine, kernel and CPUs for all blocks of a run",
            hint=f"resume it there; here, {_ANEW}",
        )
    for target, digest in now.sources.items():
        before = recorded.keys.sources.get(target, "none")
        if before != digest:
            raise _changed(target, "what it declares or its app", before, digest)
    return recorded.keys


def _host_changes(before: object, now: Mapping[str, object]) -> Sequence[str]:
    then = stable_facts(before if isinstance(before, Mapping) else {})
    facts = stable_facts(now)
    return [f"{name}: {then[name]}, now {facts[name]}" for name in facts if then[name] != facts[name]]


def _changed(target: str, what: str, before: str, now: str) -> PluginError:
    return PluginError(
        f"target {target!r} is no longer what was measured",
        seen=f"{what}: digest {before[:_SHOWN]}, now {now[:_SHOWN]}",
        expected="the same target in all blocks of a run",
        hint=_ANEW,
    )


def _must_be_of(store: RunDirectory, trials: Sequence[Trial], keys: Keys) -> None:
    for trial in trials:
        if not keys.accepts(trial.key, trial.planned.cell):
            raise ScenarioError(
                f"run {store.name} holds a trial that is not its own",
                seen=f"{trial.planned.cell.key}, {trial.planned.block_name}: key {trial.key or 'none'}",
                expected=f"key {keys.of(trial.planned.cell)}, of its cell, target and host",
                hint=_ANEW,
            )
