"""The workload ``json-echo``: a JSON document with an id that comes once, sent and sent back; no database.

Four of five documents are small. What the answer must be depends on the id, so that nothing can be remembered.
"""

import json
from collections.abc import Mapping

from fwcompare import Contract, Expect, JsonContract, Uuid, Workload, WorkloadFlow, WorkloadStep

_SMALL, _LARGE = 1, 100
"""Items of a document."""
_EVERY = 16
"""A load compares so many-th answers as JSON: parsing takes the client's time. The id is looked for in all."""


def _document(id_: str, items: int) -> dict[str, object]:
    return {"id": id_, "items": [{"number": number, "name": f"item {number}"} for number in range(items)]}


def _flow(name: str, items: int, weight: int) -> WorkloadFlow:
    def contract(values: Mapping[str, str]) -> Contract:
        return JsonContract(_document(values["id"], items))

    document = json.dumps(_document("{id}", items))
    expect = Expect(body=b'"{id}"', json=document, json_every=_EVERY)
    step = WorkloadStep(name=name, method="POST", json=document, expect=expect, contract=contract, distinct=True)
    return WorkloadFlow(steps=(step,), weight=weight)


JSON_ECHO = Workload(
    name="json-echo",
    title="a JSON document with an id of its own, sent back",
    flows=(_flow("small", _SMALL, weight=4), _flow("large", _LARGE, weight=1)),
    values={"id": Uuid()},
)
