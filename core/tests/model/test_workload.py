"""What a workload must say, and what it may not say twice."""

from typing import Any

import pytest
from pydantic import ValidationError

from fwcompare.errors import PluginError
from fwcompare.model.values import Uuid
from fwcompare.model.workload import JsonContract, Request, Work, Workload, WorkloadFlow, WorkloadStep

FLOW = WorkloadFlow(steps=(WorkloadStep(),))
TWICE = WorkloadFlow(steps=(WorkloadStep(path="/a"), WorkloadStep(path="/a")))
IDS = WorkloadFlow(steps=(WorkloadStep(path="/{a b}"),))

NONSENSE: dict[str, tuple[dict[str, Any], str]] = {
    "nothing": ({}, "neither a request with its contract nor flows"),
    "no contract": ({"request": Request()}, "neither a request with its contract nor flows"),
    "values of one request": (
        {"request": Request(), "contract": JsonContract({}), "values": {"id": Uuid()}},
        "values id beside one request",
    ),
    "both": ({"flows": (FLOW,), "request": Request()}, "request, contract or work beside flows"),
    "work of no step": ({"flows": (FLOW,), "work": lambda _: Work()}, "request, contract or work beside flows"),
    "two steps of one name": ({"flows": (TWICE,)}, "2 steps named 'GET /a'"),
    "a value for nothing": ({"flows": (FLOW,), "values": {"id": Uuid()}}, "value 'id' stands in no text"),
    "a value that cannot be named": ({"flows": (IDS,), "values": {"a b": Uuid()}}, "a value is named 'a b'"),
}


@pytest.mark.parametrize("what", NONSENSE)
def test_a_workload_that_makes_no_sense_is_refused_by_name(what: str) -> None:
    fields, seen = NONSENSE[what]
    with pytest.raises(PluginError, match="workload 'w' makes no sense") as caught:
        Workload(name="w", title="w", **fields)
    assert seen in caught.value.seen
    assert caught.value.expected


def test_work_is_of_each_step_or_of_the_one_request() -> None:
    reads = Work(statements={"SELECT": 1})
    steps = (WorkloadStep(work=lambda _: reads), WorkloadStep(name="rest"))
    assert Workload(name="w", title="w", flows=(WorkloadFlow(steps=steps),)).works({}) == {"GET": reads, "rest": Work()}
    one = Workload(name="w", title="w", request=Request(), contract=JsonContract({}), work=lambda _: reads)
    assert one.works({}) == {"": reads}


@pytest.mark.parametrize(
    "fields", [{"path": "users"}, {"body": "a", "json": {}}, {"weight": 1}, {"expect": {"status": 99}}]
)
def test_a_step_that_makes_no_sense_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        WorkloadStep(**fields)


def test_a_flow_has_a_step_and_a_weight() -> None:
    with pytest.raises(ValidationError, match="one step at least"):
        WorkloadFlow(steps=())
    with pytest.raises(ValidationError, match="weight"):
        WorkloadFlow(steps=(WorkloadStep(),), weight=0)
