"""The cells of a search for a capacity: one a probe, and those measured at a rate that follows from what was found.

Decides how long a probe must be to tell its quantile. Leaves out which rate is tried (``stats/capacity.py``).
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from fwcompare.model.capacity import QUANTILES, CapacitySettings
from fwcompare.model.plan import Cell, LoadPoint, Plan
from fwcompare.model.sampling import samples_needed
from fwcompare.planning.order import randomised_blocks

# Of Poisson arrivals fewer may come than are due in the mean: 1,000 are missed by 250 in no run of a lifetime.
_SPARE: Final = {"constant": 1.02, "poisson": 1.25}


def probe_cell(search: Cell, rate_rps: float, settings: CapacitySettings) -> Cell:
    """Give the cell of one probe, with a window long enough for its quantile at this rate."""
    window_s = max(search.load.duration_s or 0.0, least_window_s(search.load, rate_rps, settings))
    return replace(search, load=replace(search.load, rate=rate_rps, duration_s=window_s))


def least_window_s(point: LoadPoint, rate_rps: float, settings: CapacitySettings) -> float:
    """Give how long a probe must last at least, so that its quantile can be told (p99: 1,000 requests)."""
    needed = samples_needed(QUANTILES[settings.slo.quantile]) * _SPARE[point.arrivals]
    return round(needed / rate_rps, 3)


def measured_at(plan: Plan, rate_rps: float, searches: Iterable[Cell]) -> Plan:
    """Add to a plan what is measured once the searches have ended: these at one rate, in randomised blocks."""
    cells = tuple(replace(cell, load=replace(cell.load, rate=rate_rps, probe=False)) for cell in searches)
    return replace(plan, cells=cells, trials=randomised_blocks(cells, plan.repeats, plan.seed))
