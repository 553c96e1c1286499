"""What was found out about the host itself: how fine differences it tells apart, and what disturbs it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class HostSigns:
    """The host's own signs during a check; None where the kernel does not tell.

    ``canary_spread`` is how far a spin's median was off the median of all, at most, as a share. ``late_p50_ms`` and
    ``late_p99_ms`` are by how much a sleep of 1 ms ended late. ``foreign_share`` is the CPU time of other processes
    over the time of all CPUs, ``steal_share`` that which the hypervisor gave to others, and ``pressure_share`` the part
    of the time in which something waited for a CPU (PSI, "some").
    """

    canary_spread: float
    late_p50_ms: float
    late_p99_ms: float
    foreign_share: float | None
    steal_share: float | None
    pressure_share: float | None


@dataclass(frozen=True)
class HostCheck:
    """A live A/A run: the same server under two names, compared as two targets are.

    ``unfit`` says why the host is not fit to compare on; none when it is. ``resolution`` is half the width of the
    ratio's interval after ``blocks`` blocks, as a share: about the smallest difference that would be told apart, None
    when it is beyond telling. ``spread`` is the standard deviation of the throughput of single trials, as a share.
    """

    unfit: tuple[str, ...]
    blocks: int
    seed: int
    resolution: float | None
    spread: float
    signs: HostSigns

    @property
    def fit(self) -> bool:
        """Tell whether the host is fit to compare on."""
        return not self.unfit

    def sentences(self) -> Sequence[str]:
        """Tell it to people, the verdict first."""
        signs = self.signs
        verdict = "fit to compare on" if self.fit else f"unfit: {'; '.join(self.unfit)}"
        told = (
            f"tells no difference apart in {self.blocks} blocks"
            if self.resolution is None
            else f"tells differences above {_percent(self.resolution)} apart in {self.blocks} blocks of 0.5 s"
        )
        noise = {
            "CPU of others": signs.foreign_share,
            "steal": signs.steal_share,
            "CPU pressure": signs.pressure_share,
        }
        canary = f"canary within {_percent(signs.canary_spread)}"
        late = f"a sleep of 1 ms ends {signs.late_p50_ms:.2f} ms late at p50, {signs.late_p99_ms:.2f} ms at p99"
        return (
            f"this host is {verdict}",
            f"it {told}; single trials spread by {_percent(self.spread)}",
            f"{canary}; {late}",
            ", ".join(f"{name} {'not known' if share is None else _percent(share)}" for name, share in noise.items()),
        )


@dataclass(frozen=True)
class KnownHost:
    """What the cache holds of one host, or what was just found: each part with when it was measured, ISO 8601.

    ``ceiling_rps`` is the highest rate that the load generator reached against a null server, so far: others used the
    CPUs whenever it was measured, unless it is ``undisturbed``.
    """

    ceiling_rps: float | None = None
    ceiling_measured: str = ""
    undisturbed: bool = False
    loadgen: str = ""
    check: HostCheck | None = None
    checked: str = ""

    def record(self) -> Mapping[str, object]:
        """Give it as it stands in a run's conditions, under ``host_check``; empty when nothing is known."""
        conditions: dict[str, object] = {}
        if self.ceiling_rps is not None:
            beside = "" if self.undisturbed else ", while others used the CPUs"
            conditions["client_ceiling"] = (
                f"{self.ceiling_rps:,.0f} req/s against a null server, measured {self.ceiling_measured}{beside}"
            )
        if self.check is not None:
            conditions |= {"checked": self.checked, "seen": list(self.check.sentences())}
        return {"host_check": conditions} if conditions else {}


def _percent(share: float) -> str:
    return f"{share * 100:.3g} %"
