"""The warm-up of a trial: a fixed one is the beginning of the measured load; one that ends by itself goes before it.

The second kind is a load of its own, of the same point, watched in buckets until its throughput is steady (METHOD, "A
trial", 4). The measured load then follows at once. Its connections are new ones, so it settles for half a second
before its window begins; what the target has warmed up - caches, compiled code, pools - stays warm.

A target that is not steady at the ceiling is measured all the same, with a gate that says so: it is published as
unstable and never averaged in silence.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from fwcompare.model.events import PhaseBegan
from fwcompare.model.measurement import Gate
from fwcompare.model.plan import LoadPoint
from fwcompare.model.ports import LoadOrder, RunningTarget
from fwcompare.model.warmup_settings import BUCKET_S
from fwcompare.session.looking import Look
from fwcompare.session.world import World
from fwcompare.stats.steady import MIN_BUCKETS, settled, steadiness

WARM_UP = "warm-up"


@dataclass(frozen=True)
class WarmUp:
    """What a warm-up came to. ``order`` is the load to measure next; ``took_s`` includes its own beginning.

    ``gates`` is empty for a fixed warm-up, which the measured window is judged for.
    """

    order: LoadOrder
    took_s: float
    gates: tuple[Gate, ...] = ()


def warm_up(world: World, order: LoadOrder, running: RunningTarget, *, cell: str) -> WarmUp:
    """Warm a target up as its load point says; for a fixed warm-up, that is left to the measured load.

    A target that ends meanwhile ends the warm-up.

    :param cell: the key of the cell, to tell it by.
    :raises InterruptedRunError: when the user stops the run meanwhile.
    """
    point = order.point
    if point.warmup_ceiling_s is None:
        if point.lead_s:
            world.happened(PhaseBegan(cell, "warm-up", point.lead_s))
        return WarmUp(order, took_s=point.lead_s)
    world.happened(PhaseBegan(cell, "warm-up", point.warmup_ceiling_s + point.lead_s))
    alone = replace(order, point=_alone(point, point.warmup_ceiling_s))
    seen = _until_settled(world, alone, running, point.warmup_s, Look(cell, world.happened))
    return WarmUp(
        order=replace(order, point=_measured(point), turn=order.turn + 1),
        took_s=seen.took_s + point.lead_s,
        gates=(_gate(seen, point),),
    )


@dataclass(frozen=True)
class _Seen:
    """A watched load: 2xx answers per second of each bucket, and after how many of them it was steady."""

    took_s: float
    buckets: Sequence[float]
    dropped: int | None


def _until_settled(world: World, order: LoadOrder, running: RunningTarget, least_s: float, look: Look) -> _Seen:
    load = world.load.start(order)
    buckets: list[float] = []
    dropped: int | None = None
    try:
        before = load.progress()
        while True:
            world.clock.sleep(BUCKET_S)
            world.stop.check()
            now = load.progress()
            look.at(now)
            if now.phase != "measuring" or running.exit_code() is not None:
                break
            # By the load's own clock: this thread may be woken late.
            buckets.append((now.ok - before.ok) / (now.elapsed_s - before.elapsed_s))
            before = now
            # What has served nothing so far is steady in nothing that matters.
            if now.ok and now.elapsed_s >= least_s:
                dropped = _settled(buckets)
            if dropped is not None:
                break
        return _Seen(before.elapsed_s, tuple(buckets), dropped)
    finally:
        # Also after a second Ctrl-C: its threads must not go on sending.
        load.stop()
        load.wait()


def _settled(buckets: Sequence[float]) -> int | None:
    """Say how many buckets to leave out so that the rest is steady; None when it is not yet.

    The rest must pass as a measured window would: a jump in its last buckets may look like scatter to the search for
    a beginning, and would end the warm-up of a target at the moment at which it becomes fast.
    """
    dropped = settled(buckets)
    rest = None if dropped is None else steadiness(buckets[dropped:])
    return dropped if rest is not None and rest.steady else None


def _alone(point: LoadPoint, most_s: float) -> LoadPoint:
    """Give the warm-up as a load that only its watcher ends before ``most_s`` seconds."""
    return replace(point, duration_s=most_s, requests=None, warmup_s=0.0, warmup_ceiling_s=None, stages=(), drain_s=0.0)


def _measured(point: LoadPoint) -> LoadPoint:
    """Give the load after the warm-up: its connections, which the target has borne already, are opened at once."""
    return replace(point, warmup_s=point.lead_s, warmup_ceiling_s=None, spawn_rate=None)


def _gate(seen: _Seen, point: LoadPoint) -> Gate:
    if seen.dropped is not None:
        text = f"steady after {seen.took_s:.1f} s, the first {seen.dropped * BUCKET_S:g} s left out"
    else:
        # The end of it: the beginning of a warm-up is never steady, and nobody asks it to be.
        told = steadiness(seen.buckets[-max(MIN_BUCKETS, len(seen.buckets) // 2) :])
        why = "" if told is None or told.steady else f": {told.reason}"
        text = f"not steady after {seen.took_s:.1f} s of warm-up{why}"
    return Gate(
        name=WARM_UP,
        passed=seen.dropped is not None,
        seen=text,
        limit=f"a steady throughput within {point.warmup_ceiling_s:g} s",
        about="target",
    )
