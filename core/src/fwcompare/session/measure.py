"""The measured window of a trial: load and telemetry together, then one :class:`Measurement`."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from fwcompare.errors import MeasurementError
from fwcompare.model.events import PhaseBegan
from fwcompare.model.limits import Held
from fwcompare.model.measurement import Measurement, Usage
from fwcompare.model.ports import Load, LoadOrder, LoadOutcome, LoadProgress, RunningTarget, Service, Watch
from fwcompare.session.looking import Look
from fwcompare.session.serving import Database
from fwcompare.session.world import World
from fwcompare.stats.steady import steadiness

TARGET, CLIENT = "target", "client"
_LOOK_S = 0.2


@dataclass(frozen=True)
class Measured:
    """A measurement, and what its files and its gates are made from.

    ``held`` are the limits that held under the load, ``telemetry`` is all that was sampled, ready for JSON;
    ``strangers`` names who else used the CPUs, most first; ``client_throttled_s`` is how long a CPU quota held the
    client back, None where the kernel does not tell.
    """

    measurement: Measurement
    outcome: LoadOutcome
    held: Held
    telemetry: Mapping[str, object]
    strangers: tuple[str, ...]
    client_throttled_s: float | None = None


def measure(
    world: World,
    order: LoadOrder,
    running: RunningTarget,
    services: Mapping[str, Service],
    database: Database | None = None,
    *,
    cell: str,
) -> Measured:
    """Load the target and record what it, its services, the client and others used within the window.

    :param database: whose connections are counted meanwhile.
    :param cell: the key of the cell, to tell it by.
    :raises InterruptedRunError: when the user stops the run meanwhile.
    :raises MeasurementError: when the load ended without a measured window.
    """
    with _watching(world, running, services, database) as watch:
        load = world.load.start(order)
        held = running.held()
        look = Look(cell, world.happened, window=PhaseBegan(cell, "measure", order.point.duration_s))
        outcome = finish_load(world, load, look.at)
        look.measuring()
        world.stop.check()
        measurement = _measurement(outcome, watch, tuple(services))
        window = outcome.window_start_s, outcome.window_end_s
        return Measured(
            measurement=measurement,
            outcome=outcome,
            held=held,
            telemetry=watch.series(*window),
            strangers=watch.strangers(*window),
            client_throttled_s=watch.usage(CLIENT, *window).throttled_s,
        )


def write_telemetry(folder: Path, series: Mapping[str, object]) -> None:
    """Write what was sampled into a trial's folder; ``telemetry/sampler.py`` says how it reads."""
    (folder / "telemetry.json").write_text(json.dumps(series, allow_nan=False) + "\n", encoding="utf-8")


@contextmanager
def _watching(
    world: World, running: RunningTarget, services: Mapping[str, Service], database: Database | None
) -> Iterator[Watch]:
    count = None if database is None else database.service.counting(database.name)
    try:
        watch = world.telemetry.watch(
            {TARGET: running.pids, **{name: service.pids for name, service in services.items()}},
            throttled={TARGET: lambda: running.events().throttled_s},
            connections={} if count is None or database is None else {database.dataset.service: count.take},
        )
        try:
            yield watch
        finally:
            watch.stop()
    finally:
        if count is not None:
            count.stop()


def finish_load(world: World, load: Load, look: Callable[[LoadProgress], None] | None = None) -> LoadOutcome:
    """Wait for a load, looking at the stop signal meanwhile.

    :param look: is shown some times a second how far the load is.
    """
    try:
        while True:
            outcome = load.wait(_LOOK_S)
            if outcome is not None:
                return outcome
            if world.stop.requested:
                load.stop()
            if look is not None:
                look(load.progress())
    except BaseException:
        # A second Ctrl-C must not leave threads that go on sending.
        load.stop()
        raise


def _measurement(outcome: LoadOutcome, watch: Watch, services: tuple[str, ...]) -> Measurement:
    window_s = outcome.window_end_s - outcome.window_start_s
    if window_s <= 0:
        raise MeasurementError("load ended before its measured window", expected="a window longer than the warm-up")
    window = outcome.window_start_s, outcome.window_end_s
    usage: dict[str, Usage] = {name: watch.usage(name, *window) for name in (TARGET, *services)}
    target = usage.pop(TARGET)
    served = outcome.throughput_rps * window_s
    return Measurement(
        window_s=window_s,
        counts=outcome.counts,
        throughput_rps=outcome.throughput_rps,
        service_ms=outcome.service_ms,
        ttfb_ms=outcome.ttfb_ms,
        connect_ms=outcome.connect_ms,
        bytes_received=outcome.bytes_received,
        connections_established=outcome.connections_established,
        connections_opened=outcome.connections_opened,
        client_cpu_s=outcome.client_cpu_s,
        client_share=outcome.client_cpu_s / (window_s * outcome.client_threads),
        client_peak_rss_mib=outcome.client_peak_rss_mib,
        target=target,
        services=usage,
        cpu_ms_per_request=None if target.cpu_s is None or not served else target.cpu_s * 1000 / served,
        open_load=outcome.open_load,
        noise=watch.noise(*window),
        steadiness=steadiness(outcome.buckets),
        recycled=watch.changes(TARGET, *window),
        telemetry_share=watch.own_share(*window),
        steps=outcome.steps,
    )
