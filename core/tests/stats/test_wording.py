"""How reasons are worded."""

import pytest

from fwcompare.stats.wording import block_list, count, headline, percent


def test_blocks_and_amounts_agree_in_number() -> None:
    assert (block_list([2]), block_list([1, 4])) == ("block 2", "blocks 1, 4")
    assert (count(1, "trial"), count(3, "trial")) == ("1 trial", "3 trials")
    assert (percent(0.02), percent(0.9)) == ("2 %", "90 %")


@pytest.mark.parametrize(
    ("reason", "shown"),
    [
        ("target 'x' exited\n  exit code 3\n  log: somewhere", "target 'x' exited: exit code 3"),
        ("one line", "one line"),
        ("\n\n", "no reason recorded"),
    ],
)
def test_a_reason_is_cut_to_who_and_what_was_seen(reason: str, shown: str) -> None:
    assert headline(reason) == shown
