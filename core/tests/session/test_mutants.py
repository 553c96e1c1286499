"""The audit against real wrongdoers: one server with one misdeed each, named by the figures that give it away."""

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from fwcompare.plugins import Registry, discover
from fwcompare.session.verify import Verified, verify
from fwcompare.session.world import StopSignal

Found = Mapping[tuple[str, str], Verified]

# The first test of a service waits for the audits of all its targets.
pytestmark = [pytest.mark.real, pytest.mark.long, pytest.mark.timeout(1200)]

STATEMENTS = {"INSERT statements", "SELECT statements", "UPDATE statements", "DELETE statements"}
ROWS = {"rows inserted", "rows updated", "rows deleted"}
FILES = {"files made", "files written", "files read", "files removed"}
SWALLOWED = {"answer without its temporary folder", "answer without its tables"}

UNDECLARED: Mapping[str, set[str]] = {
    "faithful": set(),
    "one-statement-more": {"SELECT statements"},
    "one-transaction-more": {"write commits"},
    "reconnects": {"connections opened", "connections at once"},
    "bigger-pool": {"connections opened", "connections at once"},
    # What it remembers it also answers when nothing of it could be done any more.
    "caches": STATEMENTS | {"write commits"} | ROWS | FILES | SWALLOWED,
    "debugs": {"debug"},
    "inserts-in-bulk": {"INSERT statements"},
    "updates-in-bulk": {"UPDATE statements"},
    "leaves-rows": {"DELETE statements", "rows deleted", "rows at the end"},
    "rolls-back": {"write commits"},
    "leaves-files": {"files removed"},
    "swallows-errors": SWALLOWED,
}
"""What each target of the plugin is caught by, and by nothing else."""

UNDECLARED_OF: Mapping[str, Mapping[str, set[str]]] = {
    "users": {"faithful": set(), "one-statement-more": {"SELECT statements"}, "caches": {"SELECT statements"}},
    "io-intensive-postgres": UNDECLARED,
    "io-intensive-mysql": UNDECLARED,
}
WORKLOADS = {"postgresql": ["users", "io-intensive-postgres"], "mysql": ["io-intensive-mysql"]}
CASES = [
    (service, workload, target)
    for service, workloads in WORKLOADS.items()
    for workload in workloads
    for target in UNDECLARED_OF[workload]
]


@pytest.fixture(scope="module")
def registry() -> Iterator[Registry]:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(Path(__file__).parents[1])
        yield discover([EntryPoint("mutants", "mutants", "fwcompare")])


@pytest.fixture(scope="module")
def verified(registry: Registry, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Found]:
    """Give what became of each workload and target of a service, which is started once for all of them."""

    @cache
    def verified_on(service: str) -> Found:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("FWCOMPARE_CACHE", str(tmp_path_factory.mktemp("cache")))
            every = verify(
                registry,
                list(UNDECLARED),
                WORKLOADS[service],
                parameters=("DB_UNITS=1", "FILE_UNITS=1"),
                say=print,
                stop=StopSignal(),
            )
            return {(one.workload, one.target): one for one in every}

    return verified_on


def test_every_target_of_the_plugin_has_its_figures_written_down(registry: Registry) -> None:
    (plugin,) = (plugin for plugin in registry.plugins if plugin.name == "mutants")
    assert (plugin.state, plugin.reason) == ("ok", "")
    assert set(plugin.targets) == UNDECLARED.keys()


@pytest.mark.parametrize(
    ("service", "workload", "target"), CASES, ids=[f"{workload}-{target}" for _, workload, target in CASES]
)
def test_each_misdeed_is_caught_by_its_figures_and_the_faithful_target_by_none(
    service: str,
    workload: str,
    target: str,
    verified: Callable[[str], Found],
    request: pytest.FixtureRequest,
) -> None:
    if service == "mysql":
        request.getfixturevalue("mysql_binaries")
    one = verified(service)[workload, target]
    expected = UNDECLARED_OF[workload][target]
    assert one.audit is not None, one.reason
    assert {problem.measure for problem in one.audit.problems} == expected
    assert one.state == ("non-comparable" if expected else "same work")
