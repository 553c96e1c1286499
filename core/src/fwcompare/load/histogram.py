"""From a histogram of the load generator to the figures and bars that a report shows.

A quantile is told only with ten samples beyond it; one that rests on requests that were given up is marked as a
lower bound. Bars lie between preferred numbers (1, 2.2, 4.7, 10 and finer), so that a long tail keeps its shape and
a narrow distribution is no single bar.
"""

import math
from itertools import pairwise
from typing import Final

import fwcompare_loadgen as loadgen
from fwcompare.model.load_report import QUANTILES, Bar, Times
from fwcompare.model.sampling import enough_samples, samples_needed

# How finely a decade may be cut, finest first, and the digits that this takes.
_DIGITS: Final = {48: 3, 24: 2, 12: 2, 6: 2, 3: 2, 1: 1}
_MOST_BARS: Final = 16
_SHORTEST_MS: Final = 1e-6
# A histogram of three digits gives a sample back up to this much larger.
_RESOLUTION: Final = 1.001


def times(histogram: loadgen.Histogram, name: str, reasons: dict[str, str], *, given_up: int = 0) -> Times:
    """Give the figures of a histogram, with a reason under ``name`` for each that is null.

    :param given_up: samples that stand for requests given up; they are the longest.
    """
    count = histogram.count
    quantiles = {}
    for quantile, q in QUANTILES.items():
        told = enough_samples(count, q)
        quantiles[quantile] = histogram.quantile_ms(q) if told else None
        if count and not told:
            wanted = samples_needed(q)
            reasons[f"{name}.{quantile}"] = f"{count:,} samples; needs {wanted:,}, so that 10 lie beyond it"
    if not count:
        reasons[name] = "no samples, so no figures"
    bounds = [quantile for quantile, q in QUANTILES.items() if math.ceil(q * count - 1e-9) > count - given_up]
    return Times(
        count=count,
        mean=histogram.mean_ms,
        max=histogram.max_ms,
        at_least=("mean", *(name for name in bounds if quantiles[name] is not None), "max") if given_up else (),
        **quantiles,
    )


def bars(histogram: loadgen.Histogram) -> tuple[Bar, ...]:
    """Cut a histogram into at most sixteen bars between round numbers; together they hold every sample."""
    low, high = histogram.min_ms, histogram.max_ms
    if low is None or high is None:
        return ()
    edges = next(edges for steps in _DIGITS if len(edges := _edges(low, high, steps)) <= _MOST_BARS + 1)
    # The last edge is not below any sample: three digits may have put the longest just beyond it.
    counts = [0, *(_at_most(histogram, edge) for edge in edges[1:-1]), histogram.count]
    return tuple(
        Bar(from_ms=lower, to_ms=upper, count=after - before)
        for (lower, upper), (before, after) in zip(pairwise(edges), pairwise(counts), strict=True)
    )


def _edges(low: float, high: float, steps: int) -> list[float]:
    """Give the preferred numbers from the last one below ``low`` to the first one not below ``high``."""
    step = math.floor(math.log10(low) * steps) - 1 if low else math.floor(math.log10(_SHORTEST_MS) * steps)
    edges = [_preferred(step, steps)]
    while edges[-1] < high or len(edges) == 1:
        step += 1
        edges.append(_preferred(step, steps))
    return edges[next((place for place, edge in enumerate(edges[1:-1]) if edge >= low), len(edges) - 2) :]


def _preferred(step: int, steps: int) -> float:
    """Give 10 to the power of ``step / steps``, rounded so that neighbours still differ."""
    return float(f"{10 ** (step / steps):.{_DIGITS[steps]}g}")


def _at_most(histogram: loadgen.Histogram, edge: float) -> int:
    """Count the samples up to ``edge``: the largest rank whose sample is not above it."""
    below, above = 0, histogram.count + 1
    while above - below > 1:
        rank = (below + above) // 2
        sample = histogram.quantile_ms((rank - 0.5) / histogram.count)
        if sample is not None and sample <= edge * _RESOLUTION:
            below = rank
        else:
            above = rank
    return below
