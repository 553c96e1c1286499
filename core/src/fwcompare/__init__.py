"""The public API for plugins, and nothing else."""

from fwcompare.errors import (
    FwcompareError,
    HostError,
    MeasurementError,
    PluginError,
    ScenarioError,
    TargetError,
)
from fwcompare.hookspecs import hookimpl
from fwcompare.model.flows import Expect
from fwcompare.model.ports import Profiler, Reporter, Runtime, ServiceProvider
from fwcompare.model.quantities import Scalar
from fwcompare.model.target import Target
from fwcompare.model.values import Counter, RandomInt, RowTexts, Uuid
from fwcompare.model.workload import (
    Answer,
    AuditSize,
    Bound,
    Contract,
    Dataset,
    JsonContract,
    Request,
    Work,
    Workload,
    WorkloadFlow,
    WorkloadStep,
    read_json,
)

__all__ = [
    "Answer",
    "AuditSize",
    "Bound",
    "Contract",
    "Counter",
    "Dataset",
    "Expect",
    "FwcompareError",
    "HostError",
    "JsonContract",
    "MeasurementError",
    "PluginError",
    "Profiler",
    "RandomInt",
    "Reporter",
    "Request",
    "RowTexts",
    "Runtime",
    "Scalar",
    "ScenarioError",
    "ServiceProvider",
    "Target",
    "TargetError",
    "Uuid",
    "Work",
    "Workload",
    "WorkloadFlow",
    "WorkloadStep",
    "hookimpl",
    "read_json",
]
