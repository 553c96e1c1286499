"""Whether an arrival rate leaves a target room: at most 70 % of what it can bear (*METHOD*, "A comparison").

Near its capacity a p99 tells how long the load went on and how requests happened to bunch, not what the target is like.
What a target can bear is told by a search for it, and by its other cells over as many connections: a rate that it kept
up with, what it carried of one that was too high, what it carried when all connections were always busy (the closed
model). The same host, limits and use of connections are asked for; a closed load over fewer connections tells only that
it can bear so much. Where none of these exists, the answer is that it is not known.

Leaves out what follows for a cell (``matrix_sides.py``) and for the choice of a load (``matrix_loads.py``). Pure.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from fwcompare.model.matrix import Reason
from fwcompare.model.plan import LoadPoint
from fwcompare.model.ports import Report
from fwcompare.stats.compare_runs import unlike_hosts
from fwcompare.stats.matrix_cells import Entry, Identity
from fwcompare.stats.wording import count, percent

MOST_OF_CAPACITY: Final = 0.70


@dataclass(frozen=True)
class Room:
    """What a rate leaves of a target's capacity; ``reason`` says why that is not ``enough``, or not known to be."""

    state: Literal["enough", "too little", "not known"]
    reason: Reason | None = None


@dataclass(frozen=True)
class _Borne:
    """What a target bore, in requests per second, and how that is known; ``is_all``: as much as it can."""

    rps: float
    is_all: bool
    how: str


def rooms(entries: Iterable[Entry]) -> Mapping[Identity, Room]:
    """Tell of every cell of an open model what its rate leaves."""
    alike: dict[object, list[Entry]] = {}
    for entry in entries:
        alike.setdefault((entry.cell.target, entry.cell.workload, entry.cell.settings), []).append(entry)
    return {
        entry.identity: _room(entry, siblings)
        for siblings in alike.values()
        for entry in siblings
        if entry.cell.load.model == "open"
    }


def _room(entry: Entry, siblings: Sequence[Entry]) -> Room:
    rate = _highest(entry.cell.load)
    known = [
        borne
        for report in {id(one.report): one.report for one in siblings}.values()
        if _same_place(entry.report, report)
        for borne in _of_run(entry, [one for one in siblings if one.report is report], report)
    ]
    most = max(known, key=lambda borne: (borne.rps, borne.is_all, borne.how), default=None)
    if most is not None and rate <= _allowed(most.rps):
        return Room("enough")
    # More than "all" of it was borne elsewhere: then that much is the capacity, as far as it is known.
    if most is not None and any(borne.is_all for borne in known):
        text = (
            f"{_rps(rate)} are {percent(rate / most.rps)} of what it can bear, {_rps(most.rps)} ({most.how}); at most "
            f"{percent(MOST_OF_CAPACITY)} may be, as near its capacity a p99 tells how requests bunched"
        )
        return Room("too little", Reason(word="near capacity", text=text))
    text = (
        f"whether {_rps(rate)} are at most {percent(MOST_OF_CAPACITY)} of what it can bear is not known: a search for "
        f"its capacity would tell, or a rate of {rate / MOST_OF_CAPACITY:,.4g} that it keeps up with"
    )
    return Room("not known", Reason(word="capacity not known", text=text))


def _of_run(entry: Entry, cells: Iterable[Entry], report: Report) -> Iterable[_Borne]:
    """Give what the cells of one run tell, and its searches."""
    yield from _searched(entry, report)
    for one in cells:
        mine, theirs = entry.cell.load, one.cell.load
        rps = one.summary.throughput_rps
        if one is entry or rps is None or theirs.keepalive != mine.keepalive:
            continue
        if theirs.model == "open" and _connections(theirs) == _connections(mine):
            yield _offered(one, rps.mean)
        elif theirs.model == "closed" and theirs.connections <= _most_connections(mine):
            yield _busy(one, rps.mean, all_busy=theirs.connections == _most_connections(mine))


def _searched(entry: Entry, report: Report) -> Iterable[_Borne]:
    searches = {search.search_key: search for search in report.plan.searches}
    for capacity in report.summary.capacities:
        search = searches.get(capacity.key)
        if (
            search is None
            or capacity.low_rps is None
            or (search.target, search.workload, search.settings)
            != (entry.cell.target, entry.cell.workload, entry.cell.settings)
            or _connections(search.load) != _connections(entry.cell.load)
            or search.load.keepalive != entry.cell.load.keepalive
        ):
            continue
        if capacity.state in ("bracket", "client-bound"):
            yield _Borne(capacity.low_rps, capacity.state == "bracket", f"sought: {capacity.objective}")


def _offered(one: Entry, rps: float) -> _Borne:
    load = one.cell.load
    all_of_it = one.summary.verdict == "saturated" and not load.stages
    return _Borne(rps, all_of_it, f"carried when {_rps(_highest(load))} were offered")


def _busy(one: Entry, rps: float, *, all_busy: bool) -> _Borne:
    summary, load = one.summary, one.cell.load
    doubtful = summary.throughput_is_lower_bound or summary.verdict in ("noisy", "unstable")
    connections = count(load.connections, "connection")
    rest = "" if not load.think_time_s else " that rest between requests"
    return _Borne(
        rps, all_busy and not doubtful and not load.think_time_s, f"carried by {connections}{rest}, closed model"
    )


def _same_place(a: Report, b: Report) -> bool:
    if a is b:
        return True
    limits = [report.scenario.model_dump(mode="json", include={"limits"}) for report in (a, b)]
    return not unlike_hosts(a, b) and limits[0] == limits[1]


def _highest(load: LoadPoint) -> float:
    """Give the highest rate that a load comes to, in requests per second."""
    return max(load.rate or 0.0, *(stage.rate for stage in load.stages), 0.0)


def _connections(load: LoadPoint) -> object:
    """Give what says how many requests may be under way at once."""
    return load.connections, load.backlog, load.max_connections


def _most_connections(load: LoadPoint) -> int:
    return load.max_connections or load.connections


def _allowed(capacity_rps: float) -> float:
    # Rounded as a rate is that a scenario wants to be a share of a capacity.
    return float(f"{MOST_OF_CAPACITY * capacity_rps:.3g}")


def _rps(rate: float) -> str:
    return f"{rate:,.4g} requests/s"
