"""The workload ``notes``: three of four users read a note that was there; the fourth writes one, reads it, removes it.

Several steps in a row, flows by weight, ids that come once, and work that differs from step to step: the audit holds a
target to the mean over the requests that were sent, which is exact.
"""

from collections.abc import Callable, Mapping

from fwcompare import (
    Contract,
    Counter,
    Dataset,
    Expect,
    JsonContract,
    RandomInt,
    Work,
    Workload,
    WorkloadFlow,
    WorkloadStep,
)

SEEDED = 1_000

_NOTES = Dataset(
    name="notes",
    service="postgresql",
    seed_sql=(
        "CREATE TABLE notes (id BIGINT PRIMARY KEY, text VARCHAR(100) NOT NULL)",
        "INSERT INTO notes SELECT id, 'note ' || id FROM generate_series(1, 1000) AS id",
    ),
    # A load may end before the last note it wrote is removed.
    fingerprint_sql="SELECT count(*), md5(string_agg(n::text, ',' ORDER BY id)) FROM notes AS n WHERE id <= 1000",
)


def _note(value: str) -> Callable[[Mapping[str, str]], Contract]:
    return lambda values: JsonContract({"id": int(values[value]), "text": f"note {values[value]}"})


def _reads(_parameters: Mapping[str, object]) -> Work:
    return Work(statements={"SELECT": 1})


NOTES = Workload(
    name="notes",
    title="notes read, and some written, read and removed",
    dataset=_NOTES,
    values={"new": Counter(start=SEEDED + 1), "old": RandomInt(low=1, high=SEEDED)},
    flows=(
        WorkloadFlow(
            weight=3,
            steps=(
                WorkloadStep(
                    name="read",
                    path="/{old}",
                    expect=Expect(body=b'"note {old}"'),
                    contract=_note("old"),
                    work=_reads,
                ),
            ),
        ),
        WorkloadFlow(
            steps=(
                WorkloadStep(
                    name="write",
                    method="POST",
                    json='{"id": {new}, "text": "note {new}"}',
                    expect=Expect(status=(201,)),
                    contract=lambda values: JsonContract({"id": int(values["new"])}, status=201),
                    work=lambda _: Work(statements={"INSERT": 1}, write_commits=1, rows_inserted=1),
                ),
                WorkloadStep(
                    name="read own",
                    path="/{new}",
                    expect=Expect(json='{"id": {new}, "text": "note {new}"}'),
                    contract=_note("new"),
                    work=_reads,
                ),
                WorkloadStep(
                    name="remove",
                    path="/{new}",
                    method="DELETE",
                    expect=Expect(status=(204,)),
                    work=lambda _: Work(statements={"DELETE": 1}, write_commits=1, rows_deleted=1),
                ),
            ),
        ),
    ),
)
