"""The public API for plugins, and nothing else.

A name is imported when it is first asked for: every command imports this package, and few need all that it offers.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
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

_HOMES: Final = {
    "fwcompare.errors": "FwcompareError HostError MeasurementError PluginError ScenarioError TargetError",
    "fwcompare.hookspecs": "hookimpl",
    "fwcompare.model.flows": "Expect",
    "fwcompare.model.ports": "Profiler Reporter Runtime ServiceProvider",
    "fwcompare.model.quantities": "Scalar",
    "fwcompare.model.target": "Target",
    "fwcompare.model.values": "Counter RandomInt RowTexts Uuid",
    "fwcompare.model.workload": "Answer AuditSize Bound Contract Dataset JsonContract Request Work Workload "
    "WorkloadFlow WorkloadStep read_json",
}
_HOME_OF: Final = {name: home for home, names in _HOMES.items() for name in names.split()}

if not TYPE_CHECKING:  # which would take any name for one of ours

    def __getattr__(name: str) -> object:
        if name not in _HOME_OF:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return globals().setdefault(name, getattr(import_module(_HOME_OF[name]), name))


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
