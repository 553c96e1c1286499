"""CPU time of a changing tree, against a small model of a kernel that knows the truth."""

from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from fwcompare.telemetry.accounts import CpuAccount, Ticks
from fwcompare.telemetry.procfs import Reading

ROOT = 100


def reading(pid: int, parent: int = 1, *, user: int = 0, waited: int = 0, started: int = 0) -> Reading:
    return Reading(
        pid=pid,
        started=started,
        parent=parent,
        user=user,
        system=0,
        waited_user=waited,
        waited_system=0,
        rss_pages=1,
        threads=1,
        zombie=False,
    )


def test_user_and_system_time_are_kept_apart() -> None:
    one = reading(ROOT)._replace(user=3, system=5, waited_user=7, waited_system=11)
    assert CpuAccount().advance([one]) == Ticks(user=10, system=16)


def test_a_child_that_was_waited_for_counts_once() -> None:
    account = CpuAccount()
    account.advance([reading(ROOT, user=1), reading(101, ROOT, user=8)])
    assert account.advance([reading(ROOT, user=1, waited=9)]).user == 10


def test_a_child_that_nobody_waited_for_keeps_its_last_known_time() -> None:
    account = CpuAccount()
    account.advance([reading(ROOT, user=1), reading(101, ROOT, user=8)])
    assert account.advance([reading(ROOT, user=1)]).user == 9
    assert account.advance([reading(ROOT, user=2)]).user == 10


def test_a_grandchild_counts_once_when_its_parent_ends_with_it() -> None:
    account = CpuAccount()
    account.advance([reading(ROOT), reading(101, ROOT, user=3), reading(102, 101, user=5)])
    assert account.advance([reading(ROOT, waited=8)]).user == 8


def test_what_a_root_used_stays_after_its_end() -> None:
    account = CpuAccount()
    account.advance([reading(ROOT, user=4, waited=6)])
    assert account.advance([]).user == 10
    assert account.advance([]).user == 10


def test_an_id_that_came_back_as_another_process_is_another_process() -> None:
    account = CpuAccount()
    account.advance([reading(ROOT), reading(101, ROOT, user=8, started=1)])
    total = account.advance([reading(ROOT, waited=8), reading(101, ROOT, user=2, started=2)])
    assert total.user == 10


def test_a_child_that_came_and_went_unseen_counts_once_its_parent_waited_for_it() -> None:
    account = CpuAccount()
    account.advance([reading(ROOT)])
    assert account.advance([reading(ROOT, waited=5)]).user == 5


@dataclass
class Kernel:
    """Processes that burn ticks, fork and end; an end adds to the parent's waited time, as in Linux."""

    live: dict[int, Reading] = field(default_factory=lambda: {ROOT: reading(ROOT)})
    burned: int = 0
    clock: int = 0

    def burn(self, pid: int, ticks: int) -> None:
        self.live[pid] = self.live[pid]._replace(user=self.live[pid].user + ticks)
        self.burned += ticks

    def fork(self, pid: int) -> None:
        self.clock += 1
        # Ids are few, so that they come back.
        child = next(number for number in range(ROOT, ROOT + 50) if number not in self.live)
        self.live[child] = reading(child, pid, started=self.clock)

    def end(self, pid: int) -> None:
        ended = self.live.pop(pid)
        for child in [one for one in self.live.values() if one.parent == pid]:
            self.live[child.pid] = child._replace(parent=1)
        if ended.parent in self.live:
            parent = self.live[ended.parent]
            self.live[ended.parent] = parent._replace(waited_user=parent.waited_user + ended.user + ended.waited_user)

    def has_children(self, pid: int) -> bool:
        return any(one.parent == pid for one in self.live.values())

    def parents_first(self) -> list[Reading]:
        return list(self.live.values())


STEPS = st.lists(
    st.tuples(st.sampled_from(["burn", "fork", "end", "read"]), st.integers(0, 30), st.integers(1, 100)),
    max_size=60,
)


@given(STEPS)
def test_every_tick_counts_once_when_every_end_is_waited_for(steps: list[tuple[str, int, int]]) -> None:
    kernel, account = Kernel(), CpuAccount()
    for action, choice, ticks in steps:
        pid = sorted(kernel.live)[choice % len(kernel.live)]
        match action:
            case "burn":
                kernel.burn(pid, ticks)
            case "fork":
                kernel.fork(pid)
            case "end" if pid != ROOT and not kernel.has_children(pid):
                kernel.end(pid)
            case "read":
                assert account.advance(kernel.parents_first()).user == kernel.burned
    assert account.advance(kernel.parents_first()).user == kernel.burned


@given(STEPS)
def test_with_orphans_the_total_never_falls_and_never_exceeds_what_was_burned(
    steps: list[tuple[str, int, int]],
) -> None:
    kernel, account = Kernel(), CpuAccount()
    total = seen = 0
    for action, choice, ticks in steps:
        if not kernel.live:
            break
        pid = sorted(kernel.live)[choice % len(kernel.live)]
        match action:
            case "burn":
                kernel.burn(pid, ticks)
            case "fork":
                kernel.fork(pid)
            case "end":
                kernel.end(pid)
            case "read":
                total, before = account.advance(kernel.parents_first()).user, total
                assert before <= total <= kernel.burned
                seen = total
    assert seen <= account.advance(kernel.parents_first()).user <= kernel.burned
