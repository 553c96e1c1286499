"""Several requests of one workload: what a plugin states of each, beside what the load generator needs to send it.

A flow is a row of steps that follow each other; a load takes one flow after the other, chosen by weight. A step is
the ``Step`` of a load by hand (``flows.py``) with the contract on its answer and on its work. Leaves out how values are
drawn and texts filled (``asks.py``).
"""

from collections.abc import Callable, Mapping
from typing import Annotated

from pydantic import AfterValidator, Field, field_validator

from fwcompare.model.contract import Contract, Work
from fwcompare.model.flows import Headers, Step
from fwcompare.model.quantities import Scalar, Strict


def _suffix(path: str) -> str:
    if path and path[0] not in "/?":
        raise ValueError(f"{path!r} continues no path; expected nothing, or what begins with / or ?")
    return path


def no_work(_parameters: Mapping[str, Scalar]) -> Work:
    """Give the work of a request that needs neither database nor files."""
    return Work()


class WorkloadStep(Step):
    """One request of a workload's flow. Texts may hold ``{name}``, which stands for one of the workload's values.

    ``path`` continues the path on which a target serves the workload: ``""`` is that path itself, ``/{id}`` one below
    it, ``?limit={n}`` adds to its query. An answer is right when it meets ``expect``, which every answer under load is
    held to, and the contract that ``contract`` makes from the values of the flow, which is held before any load.
    ``work`` gives the figures of the parity audit for one such request. ``distinct`` says that answers to
    two flows must differ, for steps where ``expect`` and contract leave room for a remembered answer.
    """

    path: Annotated[str, AfterValidator(_suffix)] = ""
    headers: Headers = (("accept", "application/json"),)
    contract: Callable[[Mapping[str, str]], Contract] | None = None
    work: Callable[[Mapping[str, Scalar]], Work] = no_work
    distinct: bool = False

    @property
    def label(self) -> str:
        """Its name in results, the same for every target."""
        return self.name or f"{self.method} {self.path}".rstrip()


class WorkloadFlow(Strict):
    """Requests that follow each other on one connection, until an answer is not what its step expects.

    ``weight`` is how often the flow is chosen, against the other flows of the workload.
    """

    steps: Annotated[tuple[WorkloadStep, ...], Field(strict=False)]
    weight: int = Field(default=1, ge=1, le=1_000_000)

    @field_validator("steps")
    @classmethod
    def _not_empty(cls, steps: tuple[WorkloadStep, ...]) -> tuple[WorkloadStep, ...]:
        if not steps:
            raise ValueError("expected one step at least")
        return steps
