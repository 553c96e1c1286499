"""The files that a run's trials left, read when a document asks for them.

Decides where they are and what a document is told of one that is missing, torn or of an older fwcompare: nothing,
rather than something that may be wrong. Leaves out what histograms are (``load/histogram.py``) and what stacks
mean (``stats/functions.py``).
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from fwcompare.errors import MeasurementError
from fwcompare.load import histogram
from fwcompare.model.functions import FunctionComparison, FunctionTable, ProfiledTrial
from fwcompare.model.measurement import Trial
from fwcompare.model.recordings import Curve, TimeKind, TimelineRow
from fwcompare.profilers import folded
from fwcompare.profilers.frame_names import readable_stacks
from fwcompare.stats.functions import compare_functions, function_table
from fwcompare.store.run_directory import RunDirectory

_HISTOGRAMS: Final[Mapping[TimeKind, str]] = {"response": "response.hdr", "service": "service.hdr"}


class _Slice(BaseModel):
    """The part of the load generator's timeline rows that is shown; those of earlier versions know less."""

    model_config = ConfigDict(frozen=True, allow_inf_nan=False)

    start_s: float
    width_s: float = Field(gt=0)
    ok: int
    errors: int
    timeouts: int
    backlog: int
    service_p50_ms: float | None
    service_p99_ms: float | None
    response_p50_ms: float | None = None
    response_p99_ms: float | None = None


_SLICES: Final = TypeAdapter(list[_Slice])


@dataclass(frozen=True)
class FileRecordings:
    """Recordings below a run's folder; ``environment`` is its recorded provenance, which knows titles and languages."""

    store: RunDirectory
    environment: Mapping[str, object]

    def curve(self, trials: Sequence[Trial], times: TimeKind) -> Curve | None:
        """Merge the histograms of those trials that were measured and whose file can be read."""
        found = [
            (trial, merged)
            for trial in trials
            if trial.measurement is not None
            and (data := self._bytes(trial, _HISTOGRAMS[times])) is not None
            and (merged := histogram.read(data)) is not None
        ]
        given_up = sum(_given_up(trial, times) for trial, _ in found)
        return histogram.curve([each for _, each in found], given_up=given_up)

    def timeline(self, trial: Trial) -> Sequence[TimelineRow]:
        """Give the measured window slice by slice; nothing when a row of the file makes no sense."""
        data = self._bytes(trial, "timeline.json")
        if data is None:
            return ()
        try:
            return tuple(_row(each) for each in _SLICES.validate_json(data))
        except ValidationError:
            return ()

    def telemetry(self, trial: Trial) -> Mapping[str, object] | None:
        """Give what was sampled beside the load."""
        data = self._bytes(trial, "telemetry.json")
        try:
            read = None if data is None else json.loads(data)
        except ValueError:
            return None
        return read if isinstance(read, dict) else None

    def functions(self, trial: Trial) -> FunctionTable | None:
        """Give where the CPU time went."""
        stacks, profiled = self.stacks(trial), self._profiled(trial)
        return None if stacks is None or profiled is None else function_table(stacks, profiled)

    def difference(self, a: Trial, b: Trial) -> FunctionComparison | None:
        """Hold the functions of trial ``b`` against those of trial ``a``; None also where their times are not known."""
        before, after = self.functions(a), self.functions(b)
        if before is None or after is None:
            return None
        try:
            return compare_functions(before, after)
        except MeasurementError:
            return None

    def flamegraph(self, trial: Trial) -> str | None:
        """Give the SVG of its flamegraph."""
        graph = trial.flamegraph
        return self._text(graph.svg) if graph is not None and graph.svg else None

    def stacks(self, trial: Trial) -> Mapping[folded.Stack, int] | None:
        """Give the samples of each distinct stack of its profile, with the names that frames have today."""
        graph = trial.flamegraph
        text = self._text(graph.folded) if graph is not None and graph.folded else None
        try:
            return (readable_stacks(folded.parse(text)) or None) if text is not None else None
        except ValueError:
            return None

    def _profiled(self, trial: Trial) -> ProfiledTrial | None:
        graph, cell, seen = trial.flamegraph, trial.planned.cell, trial.measurement
        if graph is None or not graph.samples or not graph.rate_hz or not graph.window_s:
            return None
        targets = self.environment.get("targets")
        declared = targets.get(cell.target) if isinstance(targets, Mapping) else None
        known = declared if isinstance(declared, Mapping) else {}
        return ProfiledTrial(
            run=self.store.name,
            cell=cell.key,
            block=trial.planned.block,
            attempt=trial.planned.attempt,
            target=cell.target,
            workload=cell.workload,
            title=str(known.get("title", cell.target)),
            language=str(known.get("language", "unknown")),
            profiler=graph.profiler,
            samples=graph.samples,
            rate_hz=graph.rate_hz,
            window_s=graph.window_s,
            busy_threads=graph.samples / (graph.rate_hz * graph.window_s),
            profiler_cpu_s=graph.profiler_cpu_s,
            cpu_ms_per_request=None if seen is None else seen.cpu_ms_per_request,
            cores=None if seen is None else seen.target_cores,
            cpus=None if trial.limits is None else trial.limits.most_cpus,
            throughput_rps=None if seen is None else seen.throughput_rps,
        )

    def _bytes(self, trial: Trial, name: str) -> bytes | None:
        planned = trial.planned
        return self._read(self.store.place_of(planned.cell, planned.block, planned.attempt) / name)

    def _text(self, place: str) -> str | None:
        data = self._read(self.store.folder / place)
        try:
            return None if data is None else data.decode()
        except UnicodeDecodeError:
            return None

    def _read(self, path: Path) -> bytes | None:
        """Read a file of the run; names come from its own records, and one that leads out of it is none."""
        try:
            place = path.resolve()
            return place.read_bytes() if place.is_relative_to(self.store.folder.resolve()) else None
        except (OSError, ValueError):  # a name with a null character is a ValueError
            return None


def _given_up(trial: Trial, times: TimeKind) -> int:
    """Count the times that are known as bounds only: those of timeouts and, from the due time on, of the censored."""
    if trial.measurement is None:
        return 0
    counts = trial.measurement.counts
    return counts.timeouts + (counts.censored if times == "response" else 0)


def _row(seen: _Slice) -> TimelineRow:
    return TimelineRow(
        at_s=seen.start_s,
        width_s=seen.width_s,
        ok_rps=seen.ok / seen.width_s,
        errors_rps=(seen.errors + seen.timeouts) / seen.width_s,
        backlog=seen.backlog,
        service_p50_ms=seen.service_p50_ms,
        service_p99_ms=seen.service_p99_ms,
        response_p50_ms=seen.response_p50_ms,
        response_p99_ms=seen.response_p99_ms,
    )
