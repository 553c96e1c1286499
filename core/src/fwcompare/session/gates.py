"""Gates: checks on the cause of a wrong figure, never on the figure itself. Pure.

A gate about the *trial* makes it invalid; one about the *client* leaves it standing as a lower bound; one about the
*host* discards its block; one about the *target* makes it unstable. What cannot be known is no gate.
"""

from collections.abc import Sequence

from fwcompare.model.measurement import Counts, Gate, Noise
from fwcompare.session.measure import Measured

CLIENT_CPU = "client CPU"
CLIENT_CPU_LIMIT = 0.70
CLIENT_THROTTLED_LIMIT = 0.01
FOREIGN_CPU_LIMIT = 0.02
STEAL_LIMIT = 0.01
SHORTEST_JUDGED_S = 1.0
"""In a shorter window the kernel's clock ticks, 10 ms for each process, are too coarse to blame anybody."""


def of_load(measured: Measured) -> tuple[Gate, ...]:
    """Give every gate that follows from the measured window."""
    measurement = measured.measurement
    return (
        conservation(measurement.counts),
        client_cpu(measurement.client_share),
        *client_quota(measured.client_throttled_s, measurement.window_s),
        generator(measured.outcome.generator_reason),
        *host(measurement.noise, measurement.window_s, measured.strangers),
        processes_kept(measurement.recycled),
    )


def conservation(counts: Counts) -> Gate:
    """Every request that was due must be accounted for."""
    parts = {
        "ok": counts.ok,
        "http errors": counts.http_errors,
        "transport errors": counts.transport_errors,
        "timeouts": counts.timeouts,
        "shed": counts.shed,
        "censored": counts.censored,
    }
    return Gate(
        name="conservation",
        passed=counts.conserved,
        seen=f"due {counts.due} = " + " + ".join(f"{count} {name}" for name, count in parts.items()),
        limit="both sides equal",
        about="trial",
    )


def client_cpu(share: float) -> Gate:
    """The load generator must not be what limits; ``share`` is its CPU time over what its threads could use."""
    return Gate(
        name=CLIENT_CPU,
        passed=share <= CLIENT_CPU_LIMIT,
        seen=f"{share:.0%} of its share",
        limit=f"at most {CLIENT_CPU_LIMIT:.0%}",
        about="client",
    )


def client_quota(throttled_s: float | None, window_s: float) -> tuple[Gate, ...]:
    """A CPU quota on the load generator must not hold it back: it then neither works nor waits, and seems at rest."""
    if throttled_s is None:
        return ()
    return (
        Gate(
            name="client quota",
            passed=throttled_s <= CLIENT_THROTTLED_LIMIT * window_s,
            seen=f"held back by its CPU quota for {throttled_s:.2f} s of {window_s:.1f} s",
            limit=f"at most {CLIENT_THROTTLED_LIMIT:.0%} of the window",
            about="client",
        ),
    )


def generator(reason: str) -> Gate:
    """The load generator must send in time: it judges its lag, its CPU, and how long it waited for one.

    :param reason: why it was the limit itself; empty when it was not.
    """
    return Gate(
        name="generator",
        passed=not reason,
        seen=reason or "in time",
        limit="requests sent when they were due, answers read when they came",
        about="client",
    )


def host(noise: Noise | None, window_s: float, strangers: Sequence[str]) -> tuple[Gate, ...]:
    """Nobody else may use the CPUs. Pressure is no gate: with few CPUs a target and its client press each other."""
    if noise is None or window_s < SHORTEST_JUDGED_S:
        return ()
    gates = []
    if noise.foreign_share is not None:
        names = f": {', '.join(strangers)}" if strangers else ""
        gates.append(_share("foreign CPU", noise.foreign_share, FOREIGN_CPU_LIMIT, "of the CPUs", names))
    if noise.steal_share is not None:
        gates.append(_share("steal", noise.steal_share, STEAL_LIMIT, "of the CPUs' time"))
    return tuple(gates)


def _share(name: str, share: float, limit: float, of: str, names: str = "") -> Gate:
    return Gate(
        name=name, passed=share <= limit, seen=f"{share:.1%} {of}{names}", limit=f"at most {limit:.0%}", about="host"
    )


def processes_kept(changes: Sequence[str]) -> Gate:
    """The target's processes must stay the same: one that recycles its workers is measured while they start."""
    return Gate(
        name="processes kept",
        passed=not changes,
        seen=", ".join(changes) or "the same throughout",
        limit="no process of the target ends or begins within the window",
        about="target",
    )


def data_unchanged(before: str, after: str) -> Gate:
    """A trial must leave the rows as it found them."""
    return Gate(
        name="data unchanged",
        passed=before == after,
        seen=f"fingerprint {before} before, {after} after",
        limit="the same",
        about="trial",
    )
