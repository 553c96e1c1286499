"""``fwcompare doctor``: what this machine offers to measurements, and how to mend what is missing."""

import json
import resource
import shutil
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Literal

import click

from fwcompare.cli.doctor_tools import tool_version
from fwcompare.cli.options import json_option, plugin_options, registry
from fwcompare.cli.tables import print_table
from fwcompare.errors import HostError
from fwcompare.load.native import build_profile
from fwcompare.model.limits import LimitSettings
from fwcompare.model.target import Prerequisite
from fwcompare.planning.placement import place, placement_in_words
from fwcompare.plugins import Registry
from fwcompare.runtimes.cgroups import find_grounds
from fwcompare.runtimes.docker_engine import find_engine
from fwcompare.runtimes.environments import lacks
from fwcompare.runtimes.pinned import cpus_by_core
from fwcompare.services.mysql import INSTALL as MYSQL_INSTALL
from fwcompare.services.mysql import find_binaries
from fwcompare.telemetry.host import describe_host

_FILES_WANTED = 4096
_PRESSURE_LIMIT = 10.0


@dataclass(frozen=True)
class Check:
    """One finding. ``missing`` stops some target; ``poor`` makes figures worse or leaves something out."""

    name: str
    state: Literal["ok", "poor", "missing"]
    seen: str
    fix: str = ""


@click.command()
@plugin_options
@json_option
def doctor(*, as_json: bool) -> int:
    """Check this machine: tools, profilers, limits, noise; each finding with its fix."""
    found = registry()
    checks = [check for examine in _CHECKS for check in examine(found)]
    if as_json:
        click.echo(json.dumps([asdict(check) for check in checks], indent=2))
    else:
        print_table(("check", "state", "seen"), [(check.name, check.state, check.seen) for check in checks])
        for check in checks:
            if check.fix and check.state != "ok":
                click.echo(f"\n{check.name}: {check.fix}")
    return HostError.exit_code if any(check.state == "missing" for check in checks) else 0


def _plugins(found: Registry) -> Iterator[Check]:
    broken = found.broken()
    if broken:
        names = ", ".join(plugin.name for plugin in broken)
        yield Check("plugins", "poor", f"broken: {names}", "fwcompare plugins    says why")
    else:
        yield Check("plugins", "ok", f"{sum(plugin.state == 'ok' for plugin in found.plugins)} loaded")


def _load_generator(_found: Registry) -> Iterator[Check]:
    profile = build_profile()
    if profile == "release":
        yield Check("load generator", "ok", "release build")
    else:
        yield Check("load generator", "missing", f"{profile} build", "uv sync --reinstall-package fwcompare-loadgen")


def _build_tools(found: Registry) -> Iterator[Check]:
    """Look for every program that some target is built with."""
    users: dict[str, list[str]] = {}
    for target in found.targets.usable().values():
        for command in target.build.commands:
            users.setdefault(command[0], []).append(target.name)
    fixes = {"uv": "pip install uv", "cargo": "apt-get install cargo, or install Rust with rustup"}
    for tool, targets in sorted(users.items()):
        if tool.startswith("{"):
            continue
        needed_by = f"needed by {', '.join(dict.fromkeys(targets))}"
        if shutil.which(tool) is None:
            yield Check(tool, "missing", f"not on PATH; {needed_by}", fixes.get(tool, f"install {tool}"))
            continue
        yield Check(tool, "ok", f"{tool_version(tool)}; {needed_by}")


def _prerequisites(found: Registry) -> Iterator[Check]:
    """Run every check that some target's build has: without it only that target cannot be built."""
    users: dict[Prerequisite, list[str]] = {}
    for target in found.targets.usable().values():
        for prerequisite in target.build.prerequisites:
            users.setdefault(prerequisite, []).append(target.name)
    for prerequisite, targets in users.items():
        seen = lacks(prerequisite)
        needed_by = f"needed by {', '.join(targets)}"
        name = " ".join(prerequisite.check)
        if seen is None:
            yield Check(name, "ok", needed_by)
        else:
            yield Check(name, "missing", f"{seen}; {needed_by}", prerequisite.install)


def _profilers(found: Registry) -> Iterator[Check]:
    for name, profiler in found.profilers.usable().items():
        reason = profiler.unavailable()
        yield Check(name, "ok", "can profile") if reason is None else Check(name, "poor", "no flamegraphs", reason)


def _databases(_found: Registry) -> Iterator[Check]:
    """Look for what is not carried along: PostgreSQL is."""
    binaries = find_binaries()
    if binaries is None:
        yield Check("MySQL", "poor", "no server; only workloads on MySQL need one", MYSQL_INSTALL)
    else:
        yield Check("MySQL", "ok", binaries.version)


def _docker(_found: Registry) -> Iterator[Check]:
    """Ask for an engine, which only `runtime: docker` and databases in containers need."""
    try:
        engine = find_engine()
    except HostError as error:
        yield Check("Docker", "poor", f"{error.seen}; only containers need it", error.hint)
    else:
        yield Check("Docker", "ok", engine.words + (f"; not observed: {engine.apart}" if engine.apart else ""))


def _open_files(_found: Registry) -> Iterator[Check]:
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    enough = limit == resource.RLIM_INFINITY or limit >= _FILES_WANTED
    yield Check(
        "open files",
        "ok" if enough else "poor",
        f"limit {limit}",
        f"ulimit -n {_FILES_WANTED}    or no more connections than half the limit",
    )


def _limits(_found: Registry) -> Iterator[Check]:
    """Look for where limits could be set; who gets which CPU needs no right."""
    grounds = find_grounds()
    kinds = " and ".join(sorted({ground.version for ground in grounds.found.values()})) or "no cgroup"
    words = {"cpu": "CPU quota", "memory": "memory limit"}
    seen = ", ".join(f"{word} {'yes' if name in grounds.found else 'no'}" for name, word in words.items())
    cpus = cpus_by_core()
    yield Check(
        "limits",
        "poor" if grounds.missing else "ok",
        f"{kinds}: {seen}; {placement_in_words(place(cpus, None, pin=True), LimitSettings())}",
        "; ".join(dict.fromkeys(grounds.missing.values())),
    )


def _noise(_found: Registry) -> Iterator[Check]:
    host = describe_host()
    busy = host.load_average_1m > host.cpus / 2
    yield Check(
        "load average",
        "poor" if busy else "ok",
        f"{host.load_average_1m:.2f} over the last minute, {host.cpus} CPUs",
        "end what else runs here: it is measured with the targets",
    )
    if host.cpu_pressure_avg10 is None:
        yield Check("CPU pressure", "poor", "not told by this kernel", "boot with psi=1 to see a disturbed host")
    else:
        yield Check(
            "CPU pressure",
            "poor" if host.cpu_pressure_avg10 > _PRESSURE_LIMIT else "ok",
            f"{host.cpu_pressure_avg10:.1f} % of the last 10 s waited for a CPU",
            "wait for a quieter host; figures taken now vary more",
        )


_CHECKS: tuple[Callable[[Registry], Iterator[Check]], ...] = (
    _plugins,
    _load_generator,
    _build_tools,
    _prerequisites,
    _profilers,
    _databases,
    _docker,
    _open_files,
    _limits,
    _noise,
)
