"""What is known of this host, kept in the cache: its ceiling for good, its last check for a day.

A file of the cache that cannot be read is as good as none; one that cannot be written costs the next run a few seconds
and no figure.
"""

import hashlib
import json
import platform
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from fwcompare.cache import cache_folder
from fwcompare.load.native import NativeLoadGenerator
from fwcompare.load.null_server import generator_version, null_server
from fwcompare.model.host_check import KnownHost
from fwcompare.model.ports import Progress
from fwcompare.session.canary import HashSpin
from fwcompare.session.clock import SystemClock
from fwcompare.session.host_check import Ceiling, Probe, check_host, find_ceiling
from fwcompare.session.world import StopSignal
from fwcompare.telemetry.host import Host, describe_host
from fwcompare.telemetry.sampler import ProcessTelemetry

FRESH = timedelta(hours=24)
"""How long a check holds: who else uses a machine changes from day to day."""

_KNOWN = TypeAdapter(KnownHost)
_SEED_BITS = 32


@dataclass(frozen=True)
class HostFile:
    """The file of one host.

    :param loadgen: the load generator's version; a ceiling of another one is not its own.
    """

    path: Path
    loadgen: str

    def read(self, now: str) -> KnownHost:
        """Give what still holds at ``now``, ISO 8601."""
        try:
            known = _KNOWN.validate_json(self.path.read_bytes())
        except (OSError, ValidationError):
            return KnownHost()
        if known.loadgen != self.loadgen:
            known = replace(known, ceiling_rps=None, ceiling_measured="", undisturbed=False)
        if known.check is not None and not timedelta(0) <= _age(known.checked, now) < FRESH:
            known = replace(known, check=None, checked="")
        return known

    def write(self, known: KnownHost) -> None:
        """Keep it, in one step, so that two runs leave one whole file."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        temporary = self.path.with_name(f".{self.path.name}-{secrets.token_hex(4)}")
        temporary.write_bytes(_KNOWN.dump_json(known, indent=2) + b"\n")
        temporary.replace(self.path)


def host_file() -> HostFile:
    """Give the file of this host, in the cache's folder ``host``."""
    return HostFile(cache_folder() / "host" / f"{host_id(describe_host(), platform.node())}.json", generator_version())


def host_id(host: Host, name: str) -> str:
    """Hash what makes a host another one; a kernel of another version counts, how busy it is does not."""
    parts = [name, host.cpu_model, host.cpus, host.cores, host.memory_mib, host.hypervisor, host.kernel, host.machine]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]


def know_host(file: HostFile, probe: Probe, *, check: bool, say: Progress, warn: Progress) -> KnownHost:
    """Give what is known of this host, measuring what is missing: the ceiling always, the check when asked for.

    :param check: make the A/A run now, however fresh the last one is.
    :param say: takes what is being done and found.
    :param warn: takes the verdict on an unfit host, and a cache that cannot be written.
    :raises InterruptedRunError: when the user stops the check.
    """
    now = probe.clock.now()
    known = file.read(now)
    if check:
        say("checking this host: the same server under two names, about 20 s")
        found = check_host(probe, secrets.randbits(_SEED_BITS))
        known = _with_ceiling(replace(known, check=found.check, checked=now), found.ceiling, now, file.loadgen)
    elif not known.undisturbed:
        say("measuring what the load generator reaches on this host, about 3 s")
        known = _with_ceiling(known, find_ceiling(probe), now, file.loadgen)
    try:
        file.write(known)
    except OSError as error:
        warn(f"what was found out about this host cannot be kept: {error}")
    _tell(known, now, say, warn)
    return known


def real_probe(stop: StopSignal) -> Probe:
    """Give what a check of this machine touches, until ``stop`` is set."""
    return Probe(SystemClock(), NativeLoadGenerator(), null_server, HashSpin(), ProcessTelemetry(), stop.check)


def _with_ceiling(known: KnownHost, found: Ceiling, now: str, loadgen: str) -> KnownHost:
    """Take a ceiling if it is higher than the known one, or the first that nobody disturbed."""
    if found.rps <= (known.ceiling_rps or 0.0):
        return replace(known, undisturbed=known.undisturbed or found.undisturbed)
    return replace(
        known,
        ceiling_rps=found.rps,
        ceiling_measured=now,
        undisturbed=known.undisturbed or found.undisturbed,
        loadgen=loadgen,
    )


def _tell(known: KnownHost, now: str, say: Progress, warn: Progress) -> None:
    if known.check is None:
        return
    verdict, *more = known.check.sentences()
    age = _age(known.checked, now)
    when = "" if age < timedelta(minutes=1) else f" (checked {_in_words(age)} ago)"
    tell: Callable[[str], None] = say if known.check.fit else warn
    tell(f"host check: {verdict}{when}")
    for line in more:
        say(f"  {line}")


def _in_words(age: timedelta) -> str:
    minutes = int(age.total_seconds() // 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h"  # noqa: PLR2004 - minutes of an hour


def _age(then: str, now: str) -> timedelta:
    return datetime.fromisoformat(now) - datetime.fromisoformat(then)
