"""Reasons of one kind, told once."""

import pytest

from fwcompare.reporting.reasons import kind, merged


def test_reasons_that_differ_in_figures_alone_are_of_one_kind() -> None:
    assert kind("608 in block 1, 1,000 are needed") == kind("80 in block 2, 1,000 are needed")
    assert kind("too few requests for p99") != kind("too few requests for p90")
    assert kind("canary in go-io-2-c10: 42.9 ms") != kind("canary in go-io-3-c10: 42.9 ms")


def test_one_sentence_has_the_range_of_each_figure_and_what_all_have_once() -> None:
    assert merged(["1,608 in block 2, 1,000 are needed", "80.5 in block 1, 1,000 are needed"]) == (
        "80.5 to 1,608 in blocks 1 to 2, 1,000 are needed"
    )
    assert merged(["a reason\n of 5 %", "a reason of 5 %"]) == "a reason of 5 %"


def test_reasons_of_several_kinds_are_refused() -> None:
    with pytest.raises(ValueError, match="one kind"):
        merged(["failed", "not started"])
    with pytest.raises(ValueError, match="one kind"):
        merged([])
