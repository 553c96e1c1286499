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
from fwcompare.model.workload import Answer, Contract, Dataset, JsonContract, Request, Workload

__all__ = [
    "Answer",
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
    "Workload",
    "hookimpl",
]
