"""What bounded a cell, from what its trials recorded, and the sentence that shows it.

Who used up its CPUs is the limit; where nobody did, the cell waited for something else, and no verdict is made up. A
share of CPUs is CPU seconds per second of window over the CPUs that the side had for itself: the target's quota or the
CPUs it was bound to, the service's CPUs. Where no limit held, the sides shared the CPUs of the machine, and how many of
them the target could have had is not known.

In order, the first that holds (*noisy* and *client-bound* speak against the measurement itself):

- *noisy*: the host disturbed every block;
- *client-bound*: a gate about the client failed;
- *saturated*: an open load offered more than the target sustained;
- *unstable*: the throughput of a trial was not steady, or a gate about the target failed (workers that came or went);
- *service-bound*: the service used at least 90 % of its CPUs (with the load generator, where both are on them), and
  the target less than 80 % of its own;
- *target-bound*: the target used at least 90 % of its CPUs, or its quota held it back for a tenth of the window.

Pure.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from fwcompare.model.limits import Held, ServiceRoom
from fwcompare.model.measurement import Gate, Measurement, Trial
from fwcompare.model.summary import Verdict
from fwcompare.stats.blocks import is_valid
from fwcompare.stats.wording import block_list, count, percent

USED_UP = 0.90
"""The share of its CPUs from which a side is taken to be the limit."""

HAD_ROOM = 0.80
"""The share of its CPUs below which the target is taken to have waited for the service."""

HELD_BACK = 0.10
"""The share of the window for which a quota must have held the target back to be its limit."""


@dataclass(frozen=True)
class Judged:
    """A verdict, None where no evidence gives one, and the evidence in words."""

    verdict: Verdict | None
    reason: str


@dataclass(frozen=True)
class Shares:
    """Who used what of its CPUs, as means over trials; a share is None where it is not known how many a side had."""

    target: float | None
    service: float | None
    held_back: float | None
    words: str


def judge_cell(
    trials: Iterable[Trial], *, causes: Mapping[int, str], saturated: bool, service_room: ServiceRoom | None
) -> Judged:
    """Say what bounded a cell.

    :param trials: those that its figures are made of.
    :param causes: by block what the host did, when it left no block undisturbed; else empty.
    :param saturated: whether an open load offered more than the target sustained.
    :param service_room: the CPUs that services had; None when that is not known.
    """
    valid = [trial for trial in trials if is_valid(trial)]
    if not valid:
        return Judged(None, "no valid trial")
    shares = cpu_shares(valid, service_room)
    verdict, why = _verdict(valid, shares, causes=causes, saturated=saturated)
    if verdict == "noisy":
        # The same for every cell, so that it is told once; who used what on a disturbed host is evidence of nothing.
        return Judged(verdict, why)
    return Judged(verdict, f"{why}: {shares.words}" if verdict is None else f"{why}; {shares.words}")


def failed_gates(trials: Iterable[Trial], about: str) -> list[tuple[int, Gate]]:
    """Give the gates that valid trials did not pass, each with its block."""
    return [
        (trial.planned.block, gate)
        for trial in trials
        if is_valid(trial)
        for gate in trial.gates
        if gate.about == about and not gate.passed
    ]


def unsteadiness(trials: Iterable[Trial]) -> str:
    """Say in which blocks the target was not steady, or changed, and how; empty when it never was."""
    told: dict[str, list[int]] = {}
    for trial in trials:
        seen = trial.measurement
        if seen is None or not is_valid(trial):
            continue
        gates = [f"{gate.name}: {gate.seen}, expected {gate.limit}" for _, gate in failed_gates([trial], "target")]
        unsteady = [] if seen.steadiness is None or seen.steadiness.steady else [seen.steadiness.reason]
        # A gate tells of recycled workers too, where there is one.
        for why in [*unsteady, *(gates or seen.recycled)]:
            told.setdefault(why, []).append(trial.planned.block)
    return "; ".join(f"not steady in {block_list(blocks)}: {why}" for why, blocks in told.items())


def cpu_shares(trials: Sequence[Trial], room: ServiceRoom | None) -> Shares:
    """Give who used what of its CPUs over valid trials, with a sentence that says so."""
    seen = [(trial.limits, trial.measurement) for trial in trials if trial.measurement is not None]
    target = _mean([_target_share(limits, measured) for limits, measured in seen])
    beside = room is not None and room.with_client
    service_cores = _mean([_service_cores(measured, with_client=beside) for _, measured in seen])
    service = None if service_cores is None or room is None else service_cores / room.cpus
    held_back = _mean([_held_back(measured) for _, measured in seen])
    client = max(measured.client_share for _, measured in seen)
    words = [
        _target_words(seen, target, held_back),
        *([_used(_names(seen, room), service_cores, room.cpus if room else None)] if service_cores else []),
        f"the load generator used {percent(client)} of its share",
    ]
    return Shares(target, service, held_back, ", ".join(words))


def _verdict(
    trials: Sequence[Trial], shares: Shares, *, causes: Mapping[int, str], saturated: bool
) -> tuple[Verdict | None, str]:
    if causes:
        return "noisy", f"the host disturbed every block: {_first_of(causes)}"
    late = failed_gates(trials, "client")
    if late:
        return "client-bound", f"the load generator was the limit ({late[0][1].name}: {late[0][1].seen})"
    if saturated:
        return "saturated", "more was offered than the target sustained"
    unsteady = unsteadiness(trials)
    if unsteady:
        return "unstable", unsteady
    return _by_cpu(trials, shares)


def _first_of(causes: Mapping[int, str]) -> str:
    """Give the first thing that the host did, and how many there are; all of them stand in the list of blocks."""
    every = [one for cause in causes.values() for one in cause.split("; ")]
    return every[0] + (f", and {count(len(every) - 1, 'more gate')}" if len(every) > 1 else "")


def _by_cpu(trials: Sequence[Trial], shares: Shares) -> tuple[Verdict | None, str]:
    if shares.target is None:
        return None, f"{_not_known(trials)}, so that what bounded it is not known"
    if shares.service is not None and shares.service >= USED_UP and shares.target < HAD_ROOM:
        return "service-bound", "the service used up its CPUs while the target had room left on its own"
    if shares.target >= USED_UP:
        return "target-bound", "the target used up its CPUs"
    if shares.held_back is not None and shares.held_back >= HELD_BACK:
        return "target-bound", "the target's quota held it back"
    return None, "nobody used up its CPUs, so that the target waited for something else"


def _not_known(trials: Sequence[Trial]) -> str:
    if any(_cpus(trial.limits) is None for trial in trials):
        return "no CPU limit held on the target, which shared the CPUs of the machine"
    return "the CPU time of the target is not known"


def _cpus(limits: Held | None) -> float | None:
    return None if limits is None else limits.most_cpus


def _target_share(limits: Held | None, seen: Measurement) -> float | None:
    cpus, used = _cpus(limits), seen.target_cores
    return None if cpus is None or used is None else used / cpus


def _service_cores(seen: Measurement, *, with_client: bool) -> float | None:
    used = [usage.cpu_s for usage in seen.services.values() if usage.cpu_s is not None]
    # What the load generator uses of CPUs that it shares with the service is not left for the service.
    beside_s = seen.client_cpu_s if with_client else 0.0
    return (sum(used) + beside_s) / seen.window_s if used and seen.window_s > 0 else None


def _held_back(seen: Measurement) -> float | None:
    return None if seen.target.throttled_s is None or seen.window_s <= 0 else seen.target.throttled_s / seen.window_s


def _target_words(seen: Sequence[tuple[Held | None, Measurement]], share: float | None, held_back: float | None) -> str:
    cores = _mean([measured.target_cores for _, measured in seen])
    limits = next((limits for limits, _ in seen if limits is not None), None)
    throttled = f" and was held back by its quota for {percent(held_back)} of the window" if held_back else ""
    if cores is None:
        return "what the target used is not known"
    return _used("the target", cores, None if share is None else _cpus(limits)) + throttled


def _used(who: str, cores: float, cpus: float | None) -> str:
    if cpus is None:
        return f"{who} used {cores:.3g} CPU seconds a second"
    return f"{who} used {percent(cores / cpus)} of {count_cpus(cpus)}"


def count_cpus(cpus: float) -> str:
    """Write a number of CPUs, which a quota may make a fraction: ``1 CPU``, ``0.5 CPUs``."""
    return count(int(cpus), "CPU") if cpus == int(cpus) else f"{cpus:g} CPUs"


def _names(seen: Iterable[tuple[Held | None, Measurement]], room: ServiceRoom | None) -> str:
    names = sorted({name for _, measured in seen for name in measured.services})
    return " and ".join(names) + (" and the load generator together" if room and room.with_client else "")


def _mean(values: Sequence[float | None]) -> float | None:
    """Give the mean; None when any value is not known, since the others may be the lucky ones."""
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known and len(known) == len(values) else None
