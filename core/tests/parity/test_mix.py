"""The mean work of requests of several kinds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fwcompare.model.workload import Work
from fwcompare.parity.mix import mean_work

COUNTS = st.integers(0, 50)
WORKS = st.builds(
    Work,
    statements=st.dictionaries(st.sampled_from(["SELECT", "INSERT", "UPDATE"]), COUNTS),
    write_commits=COUNTS,
    rows_inserted=COUNTS,
    rows_updated=COUNTS,
    rows_deleted=COUNTS,
    files=COUNTS,
)


@given(st.lists(st.tuples(WORKS, st.integers(0, 2000)), min_size=1, max_size=5))
def test_the_mean_times_all_requests_is_the_work_of_all_of_them(kinds: list[tuple[Work, int]]) -> None:
    works = {str(index): work for index, (work, _) in enumerate(kinds)}
    sent = {str(index): count for index, (_, count) in enumerate(kinds)}
    total = sum(sent.values())
    mean = mean_work(works, sent)
    if total:
        for kind in ("SELECT", "INSERT", "UPDATE"):
            exact = sum(work.statements.get(kind, 0) * count for work, count in kinds)
            assert mean.statements.get(kind, 0) * total == pytest.approx(exact)
        for name in ("write_commits", "rows_inserted", "rows_updated", "rows_deleted", "files"):
            assert getattr(mean, name) * total == pytest.approx(sum(getattr(work, name) * n for work, n in kinds))


def test_the_work_of_one_kind_is_what_it_is() -> None:
    work = Work(statements={"SELECT": 81}, files=5)
    assert mean_work({"": work}, {"": 620}) is work
