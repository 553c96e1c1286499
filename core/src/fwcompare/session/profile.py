"""The profiled window: the same load again, outside the measured one, with a profiler attached.

Of a load that changes in time, it is the load as the measured window ended: see :func:`profiled_load`.

A profile that cannot be had never spoils the trial; the reason is recorded in its place.
"""

from dataclasses import replace
from pathlib import Path

from fwcompare.errors import HostError, MeasurementError
from fwcompare.model.measurement import Flamegraph
from fwcompare.model.plan import LoadPoint
from fwcompare.model.ports import LoadOrder, Profile, Profiler, RunningTarget
from fwcompare.model.scenario import ProfileSettings
from fwcompare.model.target import NO_PROFILER
from fwcompare.profilers.flamegraph import render
from fwcompare.session.measure import finish_load
from fwcompare.session.world import World
from fwcompare.store.run_directory import RunDirectory

# The profiler attaches some time after the load began and detaches before it ends.
_MARGIN_S = 2.0
_ATTACH_AFTER_S = 0.3


def profile_length_s(settings: ProfileSettings) -> float:
    """Give how long the load of a profile lasts at most, in seconds."""
    return settings.duration.total_seconds() + _MARGIN_S


def profile(
    world: World,
    order: LoadOrder,
    running: RunningTarget,
    settings: ProfileSettings,
    profiler_name: str,
    *,
    folder: Path,
    store: RunDirectory,
    title: str,
    used: str = "",
) -> Flamegraph:
    """Profile the target under load; give the flamegraph, or why there is none.

    :param used: what the target used of its CPUs in the measured window, to stand beside the graph.
    :raises InterruptedRunError: when the user stops the run meanwhile.
    """
    if profiler_name == NO_PROFILER:
        return Flamegraph(None, None, profiler_name, reason="the target names no profiler that could look into it")
    profiler = world.profilers.get(profiler_name)
    if profiler is None:
        return Flamegraph(None, None, profiler_name, reason=f"no plugin offers profiler {profiler_name!r}")
    reason = running.unseen or profiler.unavailable()
    if reason:
        return Flamegraph(None, None, profiler_name, reason=reason)
    try:
        seen = _under_load(world, order, running, settings, profiler, folder)
    except (HostError, MeasurementError) as error:
        # What the profiler said is long, and there is a line for it in every table.
        (folder / "profiler.log").write_text(f"{error}\n", encoding="utf-8")
        return Flamegraph(None, None, profiler_name, reason=": ".join(filter(None, (error.who, error.seen))))
    folded, svg = folder / "profile.folded", folder / "flamegraph.svg"
    folded.write_text(seen.folded, encoding="utf-8")
    beside = f"{profiler.name}, {profiled_load(order.point).label}"
    svg.write_text(render(seen, title=title, subtitle=beside, on_cpu=used), encoding="utf-8")
    return Flamegraph(
        svg=store.relative(svg),
        folded=store.relative(folded),
        profiler=profiler.name,
        samples=seen.samples,
        busy_threads=seen.busy_threads,
        rate_hz=seen.rate_hz,
        window_s=seen.window_s,
        profiler_cpu_s=seen.profiler_cpu_s,
    )


def profiled_load(point: LoadPoint) -> LoadPoint:
    """Give the load under which the measured window ended, without warm-up; its length is for the profiler to set.

    Stages would not fit in the few seconds of a profile, and squeezed into them they would be another load; the last
    stage's rate is the one that the target has just been under. Nor are connections started one by one again: by the
    end of the warm-up all were there.
    """
    rate = point.stages[-1].rate if point.stages else point.rate
    return replace(point, rate=rate, stages=(), spawn_rate=None, warmup_s=0.0, warmup_ceiling_s=None)


def _under_load(
    world: World,
    order: LoadOrder,
    running: RunningTarget,
    settings: ProfileSettings,
    profiler: Profiler,
    folder: Path,
) -> Profile:
    duration_s = settings.duration.total_seconds()
    point = replace(profiled_load(order.point), duration_s=profile_length_s(settings), requests=None)
    # Behind a warm-up of its own and the measured load.
    load = world.load.start(replace(order, point=point, turn=order.turn + 2))
    profiling = None
    try:
        world.clock.sleep(_ATTACH_AFTER_S)
        profiling = profiler.attach(
            running.pids(),
            world.limits.beside_target(world.processes),
            duration_s=duration_s,
            rate_hz=settings.rate_hz,
            folder=folder,
        )
        seen = profiling.finish()
        profiling = None
        world.stop.check()
        return seen
    finally:
        if profiling is not None:
            profiling.abort()
        load.stop()
        finish_load(world, load)
