"""The work that a contract asks for where requests are of several kinds: the mean over those that were sent.

How many of each kind a load sends is drawn, and known exactly afterwards. So the mean is exact too, and a target is
held to it as narrowly as to the work of one request.
"""

from collections.abc import Mapping

from fwcompare.model.workload import Work

_COUNTS = ("write_commits", "rows_inserted", "rows_updated", "rows_deleted", "files")


def mean_work(works: Mapping[str, Work], requests: Mapping[str, int]) -> Work:
    """Give the work of a request in the mean.

    :param works: the work of one request of each kind.
    :param requests: how many there were of each kind.
    """
    total = sum(requests.values())
    if len(works) == 1 or not total:
        return next(iter(works.values()))
    statements: dict[str, float] = {}
    for name, work in works.items():
        for kind, count in work.statements.items():
            statements[kind] = statements.get(kind, 0) + count * requests.get(name, 0)
    return Work(
        statements={kind: count / total for kind, count in statements.items()},
        **{
            count: sum(getattr(work, count) * requests.get(name, 0) for name, work in works.items()) / total
            for count in _COUNTS
        },
    )
