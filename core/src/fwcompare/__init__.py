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
from fwcompare.model.ports import Profiler, Reporter, Runtime, ServiceProvider
from fwcompare.model.target import Target
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
    read_json,
)

__all__ = [
    "Answer",
    "AuditSize",
    "Bound",
    "Contract",
    "Dataset",
    "FwcompareError",
    "HostError",
    "JsonContract",
    "MeasurementError",
    "PluginError",
    "Profiler",
    "Reporter",
    "Request",
    "Runtime",
    "ScenarioError",
    "ServiceProvider",
    "Target",
    "TargetError",
    "Work",
    "Workload",
    "hookimpl",
    "read_json",
]
