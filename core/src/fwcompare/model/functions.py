"""Where a target's CPU time goes, function by function: what ``fwcompare flamegraph --json`` prints, version 1.

Times are milliseconds of the target's CPU per completed request: a function's share of the samples times the CPU time
per request of the same trial. *Self* is time in the function itself, *total* with all that it calls; a function that
calls itself counts once. Self times add up to the whole, total times do not.

A profile is a few hundred samples, so each time has a standard error, of the number of samples alone: what one start
of the target differs from the next comes on top.
"""

from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field

FUNCTIONS_SCHEMA: Literal[1] = 1

MORE_THREADS: Final = 1.25
"""So many times as many busy threads as cores in use, and samples must have been of threads that only wanted to run."""


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class FunctionTime(_Record):
    """One function of one trial."""

    name: str = Field(description="as in the flamegraph: `function (package/module.py)`")
    self_samples: int
    total_samples: int
    self_ms: float | None = Field(description="null where the CPU time per request is not known")
    total_ms: float | None
    self_error_ms: float | None = Field(default=None, description="standard error of `self_ms`")


class ProfiledTrial(_Record):
    """What was profiled, and what the profile is worth."""

    run: str
    cell: str
    block: int
    attempt: int
    target: str
    workload: str = ""
    title: str
    language: str
    profiler: str
    samples: int
    rate_hz: int
    window_s: float
    busy_threads: float = Field(description="threads that were not waiting, on average: samples / (rate x window)")
    profiler_cpu_s: float | None
    cpu_ms_per_request: float | None = Field(description="of the measured window of the same trial")
    cores: float | None = Field(
        default=None, description="CPU seconds that the target used per second of that window; null if not known"
    )
    cpus: float | None = Field(default=None, description="how many CPUs it was kept to; null if to none, or not known")
    throughput_rps: float | None = Field(default=None, description="of that window")

    @property
    def waits_are_counted(self) -> bool:
        """Say whether more threads looked busy than CPUs were in use: some of them waited for one, or for a lock."""
        return self.cores is not None and self.busy_threads > self.cores * MORE_THREADS


class FunctionTable(_Record):
    """The functions of one trial, the greatest self time first."""

    schema_: Literal[1] = Field(default=FUNCTIONS_SCHEMA, alias="schema")
    trial: ProfiledTrial
    functions: list[FunctionTime]
    packages: list[FunctionTime] = Field(
        description="the same by package, as the language has them; a name in square brackets is none: `[kernel]`"
    )

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, populate_by_name=True)


class FunctionChange(_Record):
    """One function in two trials, in ms per request; 0 where it was never seen. ``self_ms`` is b less a."""

    name: str
    a_self_ms: float
    b_self_ms: float
    self_ms: float
    self_error_ms: float = Field(default=0.0, description="standard error of `self_ms`")
    a_total_ms: float
    b_total_ms: float
    total_ms: float


class FunctionComparison(_Record):
    """Two trials function by function, the greatest difference in self time first."""

    schema_: Literal[1] = Field(default=FUNCTIONS_SCHEMA, alias="schema")
    a: ProfiledTrial
    b: ProfiledTrial
    functions: list[FunctionChange]
    packages: list[FunctionChange]
    notes: list[str] = Field(default=[], description="what to keep in mind, as of names in two languages")

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, populate_by_name=True)
