"""What a session asks of a target: loads and single requests of one workload, with no value of one in another."""

from fwcompare.model.asks import content
from fwcompare.model.plan import LoadPoint
from fwcompare.model.ports import LoadOrder, RunningTarget
from fwcompare.model.target import Target
from fwcompare.model.workload import Workload


def order_for(
    workload: Workload,
    target: Target,
    running: RunningTarget,
    point: LoadPoint,
    *,
    seed: int = 0,
    turn: int = 1,
    every_answer: bool = False,
) -> LoadOrder:
    """Give the order of a load with the requests of a workload.

    :param turn: which load of this life of the target it is, from 1 on.
    :param every_answer: look into the JSON of every answer, for loads that are not measured.
    """
    path = target.workloads[workload.name]
    if workload.request is not None:
        return LoadOrder(running.url + path, workload.request, point, seed, turn)
    flows = content(workload, path, every_answer=every_answer)
    return LoadOrder(f"{running.url}/", flows, point, seed, turn)
