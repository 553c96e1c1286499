"""The measured window of a trial: load and telemetry together, then one :class:`Measurement`."""

from collections.abc import Mapping
from dataclasses import dataclass

from fwcompare.errors import MeasurementError
from fwcompare.model.limits import Held
from fwcompare.model.measurement import Measurement, Usage
from fwcompare.model.ports import Load, LoadOrder, LoadOutcome, RunningTarget, Service, Watch
from fwcompare.session.world import World

TARGET = "target"
_LOOK_S = 0.2


@dataclass(frozen=True)
class Measured:
    """A measurement, the raw outcome that its files are written from, and the limits that held under the load."""

    measurement: Measurement
    outcome: LoadOutcome
    held: Held


def measure(world: World, order: LoadOrder, running: RunningTarget, services: Mapping[str, Service]) -> Measured:
    """Load the target and record what it, its services and the client used within the window.

    :raises InterruptedRunError: when the user stops the run meanwhile.
    :raises MeasurementError: when the load ended without a measured window.
    """
    watch = world.telemetry.watch({TARGET: running.pids, **{name: service.pids for name, service in services.items()}})
    try:
        load = world.load.start(order)
        held = running.held()
        outcome = finish_load(world, load)
        world.stop.check()
        return Measured(_measurement(outcome, watch, tuple(services)), outcome, held)
    finally:
        watch.stop()


def finish_load(world: World, load: Load) -> LoadOutcome:
    """Wait for a load, looking at the stop signal meanwhile."""
    try:
        while True:
            outcome = load.wait(_LOOK_S)
            if outcome is not None:
                return outcome
            if world.stop.requested:
                load.stop()
    except BaseException:
        # A second Ctrl-C must not leave threads that go on sending.
        load.stop()
        raise


def _measurement(outcome: LoadOutcome, watch: Watch, services: tuple[str, ...]) -> Measurement:
    window_s = outcome.window_end_s - outcome.window_start_s
    if window_s <= 0:
        raise MeasurementError("load ended before its measured window", expected="a window longer than the warm-up")
    usage: dict[str, Usage] = {
        name: watch.usage(name, outcome.window_start_s, outcome.window_end_s) for name in (TARGET, *services)
    }
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
    )
