"""Quantiles over trials: of each trial its own, never one of requests of different trials together."""

from collections.abc import MutableMapping, Sequence
from typing import Literal

from fwcompare.model.measurement import Quantiles
from fwcompare.model.sampling import samples_needed
from fwcompare.model.summary import Interval, QuantileSummary
from fwcompare.stats.intervals import geometric_interval

Quantile = Literal["p50", "p90", "p99"]
_QUANTILES: tuple[tuple[Quantile, float], ...] = (("p50", 0.5), ("p90", 0.9), ("p99", 0.99))


def summarise_quantiles(
    name: str, seen: Sequence[tuple[int, Quantiles]], *, confidence: float, reasons: MutableMapping[str, str]
) -> QuantileSummary:
    """Give the geometric means over trials with their intervals; one that a trial does not know is null.

    :param name: of the field: why ``p99`` of it is null is put into ``reasons`` under ``name.p99``.
    :param seen: what each trial saw, with its block's number.
    """
    found = {which: _quantile(name, which, q, seen, confidence, reasons) for which, q in _QUANTILES}
    known = {which: interval for which, interval in found.items() if interval and interval.low is not None}
    means = {which: None if interval is None else interval.mean for which, interval in found.items()}
    return QuantileSummary(**means, intervals=known)


def _quantile(
    name: str,
    which: Quantile,
    q: float,
    seen: Sequence[tuple[int, Quantiles]],
    confidence: float,
    reasons: MutableMapping[str, str],
) -> Interval | None:
    needed = samples_needed(q)
    values: list[float] = []
    for block, figures in seen:
        value: float | None = getattr(figures, which)
        if value is None or value <= 0:
            few = f"too few requests for {which}: {figures.count:,} in block {block}, {needed:,} are needed"
            reasons[f"{name}.{which}"] = few if figures.count < needed else f"not known in block {block}"
            return None
        values.append(value)
    return geometric_interval(values, confidence)
