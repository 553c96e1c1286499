"""From a histogram of the load generator to the figures, bars and curves that a report shows.

A quantile is told only with ten samples beyond it; one that rests on requests that were given up is marked as a
lower bound. Bars lie between preferred numbers (1, 2.2, 4.7, 10 and finer), so that a long tail keeps its shape and
a narrow distribution is no single bar.
"""

import itertools
import math
from collections.abc import Iterable
from itertools import pairwise
from typing import Final

import fwcompare_loadgen as loadgen
from fwcompare.model.load_report import QUANTILES, Bar, Times
from fwcompare.model.recordings import Curve, CurvePoint
from fwcompare.model.sampling import enough_samples, samples_needed

# How finely a decade may be cut, finest first, and the digits that this takes.
_DIGITS: Final = {48: 3, 24: 2, 12: 2, 6: 2, 3: 2, 1: 1}
_MOST_BARS: Final = 16
_SHORTEST_MS: Final = 1e-6
# What lies beyond the points of a curve, in each power of ten: 0, 10 ... 80, 85, 90, 91 ... 98.5, 99 % and so on.
_BEYOND: Final = (1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.15)
# A histogram of three digits gives a sample back up to this much larger.
_RESOLUTION: Final = 1.001
# 0.9 * 1000 may be a little more than 900 in binary.
_ROUNDING: Final = 1e-9


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
    bounds = [quantile for quantile, q in QUANTILES.items() if math.ceil(q * count - _ROUNDING) > count - given_up]
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


def read(data: bytes) -> loadgen.Histogram | None:
    """Read HdrHistogram V2 bytes; None when they are torn, or no such thing."""
    try:
        return loadgen.Histogram.from_v2_bytes(data)
    except loadgen.LoadgenError:
        return None


def curve(histograms: Iterable[loadgen.Histogram], *, given_up: int = 0) -> Curve | None:
    """Give the quantiles of all samples at ten points of each power of ten, as far as ten samples lie beyond.

    :param given_up: samples that stand for requests given up; they are the longest, and where they begin the curve
        ends, as no more than bounds is known of them.
    :return: None without a sample.
    """
    merged = loadgen.Histogram.merge(histograms)
    count = merged.count
    if not count:
        return None
    points = []
    for place in itertools.count():
        decade, step = divmod(place, len(_BEYOND))
        q = round(1 - _BEYOND[step] / 10**decade, decade + 2)
        if not enough_samples(count, q) or math.ceil(q * count - _ROUNDING) > count - given_up:
            break
        ms = merged.quantile_ms(q)
        if ms is not None:
            points.append(CurvePoint(q, ms))
    return Curve(count=count, points=tuple(points))


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
