"""The command that ``fwcompare up`` prints for each request of a workload."""

import shlex

from fwcompare.cli.up import curl
from fwcompare.model.asks import asks
from fwcompare.model.values import RowTexts
from fwcompare.model.workload import JsonContract, Request, Workload, WorkloadFlow, WorkloadStep


def test_a_get_is_the_url_alone() -> None:
    workload = Workload(name="w", title="w", request=Request(), contract=JsonContract({}))
    assert curl(asks(workload, "/users")[0], "http://127.0.0.1:8000") == "curl -i http://127.0.0.1:8000/users"


def test_a_step_is_written_with_its_values_whatever_they_hold() -> None:
    step = WorkloadStep(path="?n=1", method="POST", json='{"who": "{who}"}')
    workload = Workload(name="w", title="w", flows=(WorkloadFlow(steps=(step,)),), values={"who": RowTexts(("it's",))})

    words = shlex.split(curl(asks(workload, "/echo")[0], "http://127.0.0.1:8000"))
    assert words == [
        *("curl", "-i", "-X", "POST", "-H", "content-type: application/json"),
        *("-d", '{"who": "it\'s"}', "http://127.0.0.1:8000/echo?n=1"),
    ]
