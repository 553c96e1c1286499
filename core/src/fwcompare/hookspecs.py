"""The extension points, grouped by phase: what is offered, how it is run, what is observed.

Every hook is called with keyword arguments. An exception raised in an implementation is reported with the
plugin's name; one that offers something makes that plugin *broken* and leaves the others working.
"""

from collections.abc import Iterable
from pathlib import Path

import pluggy

from fwcompare.model.measurement import Trial
from fwcompare.model.plan import Plan
from fwcompare.model.ports import Profiler, Report, Reporter, Runtime, ServiceProvider
from fwcompare.model.scenario import Scenario
from fwcompare.model.target import Target
from fwcompare.model.workload import Workload

PROJECT = "fwcompare"

HOOK_API = 1
"""The version of the hooks. It grows when a hook is added, or one gets an argument or hands over more; a plugin that
says which version it was made for (``FWCOMPARE_API`` in its module) is refused by a fwcompare that has an older one."""

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)

# --- what is offered -----------------------------------------------------------------------------------


@hookspec
def fwcompare_targets() -> Iterable[Target]:
    """Declare the targets this plugin can build and serve.

    Called once per process, before a scenario is resolved. Must not touch the network or start anything.

    :return: zero or more targets; names are unique across plugins, and a clash is a
        :class:`~fwcompare.errors.PluginError` that names both plugins.

    .. versionadded:: 0.1
    """
    raise NotImplementedError


@hookspec
def fwcompare_workloads() -> Iterable[Workload]:
    """Declare workloads: one request or flows of several, the data set, the contracts on answers and on the work.

    Called once per process, before a scenario is resolved. Must not touch the network or start anything.

    :return: zero or more workloads; names are unique across plugins.

    .. versionadded:: 0.1
    """
    raise NotImplementedError


@hookspec
def fwcompare_scenarios() -> Iterable[Path]:
    """Name folders of scenario files, so that ``fwcompare run users`` finds ``users.yaml`` by name.

    Called once per process.

    :return: zero or more folders; one that is not there makes the plugin broken.

    .. versionadded:: 0.1
    """
    raise NotImplementedError


# --- how it is run -------------------------------------------------------------------------------------


@hookspec
def fwcompare_services() -> Iterable[ServiceProvider]:
    """Offer ways to have a database or another service a workload needs.

    Called once per process. A provider starts nothing before its ``start`` is called. One that is named ``url``
    has a method ``at(url)`` as well, which gives the provider of a service at a URL that a scenario names.

    :return: zero or more providers; the pair of service and name is unique across plugins.

    .. versionadded:: 0.1
    """
    raise NotImplementedError


@hookspec
def fwcompare_runtimes() -> Iterable[Runtime]:
    """Offer ways to build and start a target.

    Called once per process.

    :return: zero or more runtimes; names are unique across plugins.

    .. versionadded:: 0.1
    """
    raise NotImplementedError


@hookspec
def fwcompare_profilers() -> Iterable[Profiler]:
    """Offer profilers; a ``target.toml`` names the one that can observe it.

    Called once per process.

    :return: zero or more profilers; names are unique across plugins.

    .. versionadded:: 0.1
    """
    raise NotImplementedError


@hookspec
def fwcompare_reporters() -> Iterable[Reporter]:
    """Offer documents to be made from a run.

    Called once per process. Every reporter runs at the end of each run, also of an interrupted one.

    :return: zero or more reporters; names are unique across plugins.

    .. versionadded:: 0.1
    """
    raise NotImplementedError


# --- what is observed ----------------------------------------------------------------------------------


@hookspec
def fwcompare_run_started(scenario: Scenario, plan: Plan, folder: Path) -> None:
    """Observe that a run begins.

    Called once a run, after its directory was made and before anything is built; and once more whenever it is resumed.

    .. versionadded:: 0.1
    """


@hookspec
def fwcompare_trial_finished(trial: Trial) -> None:
    """Observe a finished trial, whatever its outcome.

    Called once a trial, after its line was written.

    .. versionadded:: 0.1
    """


@hookspec
def fwcompare_run_finished(report: Report) -> None:
    """Observe a finished run, an interrupted one too.

    Called once a run, after every reporter; and once more whenever it is resumed.

    .. versionadded:: 0.1
    """
