from collections.abc import Callable, Iterator
from random import Random

import pytest

from loadgen_bench.host import Reading, Signs, calmest, disturbance
from loadgen_bench.measuring import Measured
from loadgen_bench.rounds import play
from loadgen_bench.tools.tool import Said

CALM = Signs(pressure=0.02, steal=0.0, foreign=0.05)


def _measured(signs: Signs, requests: int = 1000) -> Measured:
    return Measured(
        said=Said(requests=requests, seconds=1.0, mean_ms=1.0), cpu_s=0.5, process_cpu_s=0.6, peak_mib=None, signs=signs
    )


@pytest.mark.parametrize(
    ("signs", "reason"),
    [
        (CALM, None),
        (Signs(pressure=0.049, steal=0.01, foreign=0.069), None),
        (Signs(pressure=0.06, steal=0.0, foreign=0.05), "CPU pressure 6.0%, expected at most 5.0%"),
        (Signs(pressure=0.02, steal=0.02, foreign=0.05), "stolen time 2.0%, expected at most 1%"),
        (Signs(pressure=0.02, steal=0.0, foreign=0.1), "CPU time of others 10.0% of the cores, expected at most 7.0%"),
    ],
)
def test_a_load_is_disturbed_by_what_the_host_did_above_what_such_a_load_makes(
    signs: Signs, reason: str | None
) -> None:
    assert disturbance(signs, CALM) == reason


def test_the_calmest_is_taken_sign_by_sign() -> None:
    other = Signs(pressure=0.01, steal=0.5, foreign=0.2)

    assert calmest([CALM, other]) == Signs(pressure=0.01, steal=0.0, foreign=0.05)


def test_foreign_time_is_what_is_busy_less_client_servers_and_ourselves() -> None:
    before = Reading(at_s=10, waited_s=1, idle_s=5, stolen_s=0, own_cpu_s=1, servers_cpu_s=2)
    after = Reading(at_s=14, waited_s=1.4, idle_s=6, stolen_s=0.08, own_cpu_s=1.1, servers_cpu_s=5)

    signs = before.signs_until(after, client_cpu_s=3.5, cores=2)

    # Of 8 core seconds, 1 was idle and 0.08 stolen; 0.1, 3 and 3.5 were ours.
    assert signs.pressure == pytest.approx(0.1)
    assert signs.steal == pytest.approx(0.01)
    assert signs.foreign == pytest.approx((6.92 - 6.6) / 8)


def _host(signs: Iterator[Signs]) -> Callable[[str], Measured]:
    return lambda _: _measured(next(signs))


def test_every_tool_is_loaded_once_a_block_in_an_order_that_the_seed_decides() -> None:
    def order(seed: int) -> list[str]:
        made: list[str] = []

        def load(tool: str) -> Measured:
            made.append(tool)
            return _measured(CALM)

        play(["a", "b", "c"], load, lambda _: _measured(CALM), blocks=4, attempts=2, order=Random(seed))
        return made

    blocks = [order(1)[start : start + 3] for start in range(0, 12, 3)]
    assert all(sorted(block) == ["a", "b", "c"] for block in blocks)
    assert order(1) == order(1) != order(2)


def test_a_disturbed_load_is_repeated_up_to_the_limit_and_listed() -> None:
    stolen = Signs(pressure=0.02, steal=0.2, foreign=0.05)
    signs = iter([stolen, CALM, stolen, stolen, stolen])

    rounds = play(["a"], _host(signs), lambda _: _measured(CALM), blocks=2, attempts=3, order=Random(1))

    assert list(rounds.kept("a")) == [0]
    assert [one.block for one in rounds.discarded] == [0, 1, 1, 1]


def test_what_a_load_measured_never_decides_whether_it_is_kept() -> None:
    slow = iter([_measured(CALM, requests=1), *(_measured(CALM, requests=1000) for _ in range(2))])

    rounds = play(["a"], lambda _: next(slow), lambda _: _measured(CALM), blocks=3, attempts=3, order=Random(1))

    assert [one.said.requests for one in rounds.kept("a").values()] == [1, 1000, 1000]


def test_the_first_loads_are_judged_again_once_a_calmer_one_was_seen() -> None:
    busy = Signs(pressure=0.2, steal=0.0, foreign=0.05)

    rounds = play(["a"], _host(iter([busy, CALM])), lambda _: _measured(busy), blocks=2, attempts=1, order=Random(1))

    assert list(rounds.kept("a")) == [1]
    assert [one.reason for one in rounds.discarded] == ["CPU pressure 20.0%, expected at most 5.0%"]
