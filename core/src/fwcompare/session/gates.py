"""Gates: checks on the cause of a wrong figure, never on the figure itself. Pure.

A gate about the *trial* makes it invalid; one about the *client* leaves it standing as a lower bound.
"""

from fwcompare.model.measurement import Counts, Gate, OpenLoad

CLIENT_CPU = "client CPU"
CLIENT_CPU_LIMIT = 0.70


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


def generator(load: OpenLoad) -> Gate:
    """The load generator must send in time: it judges its lag, its CPU and what it sent of what was due."""
    return Gate(
        name="generator",
        passed=load.verdict != "generator-limited",
        seen=load.reason or "in time",
        limit="requests sent when they were due",
        about="client",
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
