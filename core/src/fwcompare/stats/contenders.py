"""A cell as a side of pairs: its figures by block, and the doubts that forbid to judge it (*METHOD*, "Refuse").

Leaves out doubts that only a pair can have, such as error rates that differ (``verdicts.py``). Pure.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from fwcompare.model.measurement import Trial
from fwcompare.model.sampling import samples_needed
from fwcompare.model.summary import CellSummary, Metric
from fwcompare.stats.blocks import Blocks, is_valid
from fwcompare.stats.cell_verdict import failed_gates
from fwcompare.stats.families import figures_by_block
from fwcompare.stats.wording import block_list

SAMPLES_TO_RANK = 10 * samples_needed(0.99)
"""Requests that a trial needs before its p99 is ranked on: 100 beyond it (*METHOD*, "Measure")."""


@dataclass(frozen=True)
class Contender:
    """One cell as a side of pairs, for one metric.

    ``figures`` maps a block to the figure of its valid trial; ``blocks`` are all blocks of which a trial was
    recorded, whatever became of it. ``lower_bound`` says that the figures are at least that high, ``same_work``
    whether the target did the work of the contract and no other. With any of the ``doubts`` it is not judged.
    ``unsteady`` is the largest change of its throughput within a trial, as a share, 0 where it is steady, and
    ``unsteady_in`` says where that was.
    """

    key: str
    figures: Mapping[int, float]
    blocks: Collection[int]
    error_rate: float | None
    lower_bound: bool = False
    same_work: bool = True
    doubts: tuple[str, ...] = ()
    unsteady: float = 0.0
    unsteady_in: str = ""


def contender(cell: CellSummary, blocks: Blocks, metric: Metric) -> Contender:
    """Make a side of pairs of a cell that has a valid trial.

    A p99 that the client or a growing backlog made is no figure of the target's: then there are none to compare.
    """
    trials = blocks.counted_of(cell.key)
    left_out = blocks.disturbed_of(cell.key)
    not_its_own = _not_its_own(cell) if metric == "response_p99_ms" else []
    few = _too_few_requests(trials) if metric == "response_p99_ms" and not not_its_own else []
    noisy = ["the host disturbed every block"] if blocks.all_disturbed else []
    changed = {trial.planned.block: _change(trial) for trial in trials if is_valid(trial) and _change(trial)}
    gates = {block: gate.name for block, gate in failed_gates(trials, "target")}
    not_kept = [f"{'; '.join(dict.fromkeys(gates.values()))}: not passed in {block_list(gates)}"] if gates else []
    differs = [why] if (why := what_differs(trials)) else []
    return Contender(
        key=cell.key,
        figures={} if not_its_own else figures_by_block(trials, metric),
        blocks=frozenset(trial.planned.block for trial in (*trials, *left_out)),
        error_rate=cell.error_rate,
        # A busy client holds back the target's throughput, not its CPU time per request.
        lower_bound=metric == "throughput_rps" and cell.throughput_is_lower_bound,
        same_work=cell.parity in (None, "same work", "not audited"),
        doubts=(*noisy, *not_kept, *differs, *not_its_own, *few),
        unsteady=max(changed.values(), default=0.0),
        unsteady_in=block_list(changed) if changed else "",
    )


def _change(trial: Trial) -> float:
    seen = None if trial.measurement is None else trial.measurement.steadiness
    return 0.0 if seen is None or seen.steady else seen.change


def what_differs(trials: Iterable[Trial]) -> str:
    """Say what was not the same for every valid trial of a cell: its facts, or the limits that held."""
    valid = [trial for trial in trials if is_valid(trial)]
    facts = [trial.facts for trial in valid if trial.facts is not None]
    names = sorted({name for known in facts for name in known})
    seen = {name: [known.get(name) for known in facts] for name in names}
    seen["limits that held"] = [trial.limits.words for trial in valid if trial.limits is not None]
    changed = [
        f"{name} ({_told(values)})" for name, values in seen.items() if any(value != values[0] for value in values)
    ]
    return f"not the same in every block: {', '.join(changed)}" if changed else ""


def _told(values: Sequence[object]) -> str:
    different = [value for place, value in enumerate(values) if value not in values[:place]]
    return ", then ".join(str(value) for value in different)


def _not_its_own(cell: CellSummary) -> list[str]:
    late = "the load generator was late, so that the time is partly its own delay"
    backlog = "saturated: its response times grow with the backlog, and tell how long the load was"
    return [*([late] if cell.throughput_is_lower_bound else []), *([backlog] if "saturated" in cell.reasons else [])]


def _too_few_requests(trials: Sequence[Trial]) -> list[str]:
    counts = {
        trial.planned.block: trial.measurement.open_load.response_ms.count
        for trial in trials
        if is_valid(trial) and trial.measurement is not None and trial.measurement.open_load is not None
    }
    block = min(counts, key=counts.__getitem__, default=None)
    if block is None or counts[block] >= SAMPLES_TO_RANK:
        return []
    return [f"too few requests to rank by p99: {counts[block]:,} in block {block}, {SAMPLES_TO_RANK:,} are needed"]
