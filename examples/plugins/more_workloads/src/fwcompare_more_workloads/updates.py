"""The workload ``updates``: read QUERIES rows by random id, change each, and write it back, in one transaction.

As public benchmark suites have it, less the choice to write in bulk: every row is read by a statement of its own and
written by one. The target draws ids and numbers, so the contract says of what form they are and the audit how many.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from fwcompare import Answer, AuditSize, Dataset, Scalar, Work, Workload, WorkloadFlow, WorkloadStep, read_json

ROWS = 10_000
WORLD = Dataset(
    name="world",
    service="postgresql",
    seed_sql=(
        "CREATE TABLE world (id INTEGER PRIMARY KEY, random_number INTEGER NOT NULL)",
        # The factor is prime, so that all numbers come, each once.
        "INSERT INTO world SELECT id, id * 7919 % 10000 + 1 FROM generate_series(1, 10000) AS id",
    ),
    # The numbers are there to be changed; which rows there are, and what a number may be, is not.
    fingerprint_sql="SELECT count(*), sum(id), bool_and(random_number BETWEEN 1 AND 10000) FROM world",
)


@dataclass(frozen=True)
class UpdatesContract:
    """Status 200 and a list of QUERIES rows, of different ids, whose ids and numbers are from 1 to 10,000."""

    def differences(self, answer: Answer, parameters: Mapping[str, Scalar]) -> list[str]:
        """Compare status, content type, and each row's keys and values."""
        found, rows = read_json(answer)
        if not isinstance(rows, list) or len(rows) != parameters["QUERIES"]:
            seen = f"{len(rows)} rows" if isinstance(rows, list) else "no list"
            return [*found, f"body: {seen}, expected {parameters['QUERIES']} rows, the QUERIES"]
        for index, row in enumerate(rows):
            if not isinstance(row, dict) or row.keys() != {"id", "randomNumber"}:
                return [*found, f"body[{index}]: {row!r}, expected id and randomNumber"]
            for key, value in row.items():
                if type(value) is not int or not 1 <= value <= ROWS:
                    found.append(f"body[{index}].{key}: {value!r}, expected a whole number from 1 to {ROWS}")
        if not found and len({row["id"] for row in rows}) < len(rows):
            found.append("body: an id twice, expected different rows")
        return found


def work(parameters: Mapping[str, Scalar]) -> Work:
    """Give what a request does: a SELECT and an UPDATE for each row, and one commit."""
    queries = int(parameters["QUERIES"])
    return Work(statements={"SELECT": queries, "UPDATE": queries}, write_commits=1, rows_updated=queries)


UPDATES = Workload(
    name="updates",
    title="20 rows read, changed and written back",
    dataset=WORLD,
    parameters={"QUERIES": 20},
    flows=(
        WorkloadFlow(
            steps=(
                WorkloadStep(
                    name="update",
                    method="POST",
                    contract=lambda _: UpdatesContract(),
                    work=work,
                    # It draws rows of its own each time; one that answers the same again does not.
                    distinct=True,
                ),
            )
        ),
    ),
    # A request is 40 statements, each of which is recorded: fewer requests are as exact.
    audit=AuditSize(alone=60, together=240),
)
