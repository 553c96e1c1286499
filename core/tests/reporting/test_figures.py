"""How figures are written for people."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fwcompare.model.summary import Interval
from fwcompare.reporting import figures


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (9740.4, "9,740"),
        (1234567, "1,234,567"),
        (305.25, "305"),
        (59.72, "59.7"),
        (5.974, "5.97"),
        (0.6123, "0.612"),
        (0.000123, "0.000123"),
        (-2.5, "-2.50"),
    ],
)
def test_a_number_has_three_significant_digits_and_all_before_the_point(value: float, text: str) -> None:
    assert figures.number(value) == text


@given(st.floats(min_value=1e-6, max_value=1e9))
def test_a_written_number_is_within_half_a_percent_of_what_was_measured(value: float) -> None:
    assert float(figures.number(value).replace(",", "")) == pytest.approx(value, rel=0.0051)


def test_an_interval_shows_its_bounds_when_it_has_any() -> None:
    assert figures.interval(Interval(mean=9740, low=9510, high=9980)) == "9,740 (9,510 to 9,980)"
    assert figures.interval(Interval(mean=9740, low=None, high=None)) == "9,740"


def test_shares_ratios_and_amounts_carry_their_units() -> None:
    assert figures.percent(0.00123) == "0.123 %"
    assert figures.setting_percent(0.95) == "95 %"
    assert figures.times(5.97) == "5.97x"
    assert (figures.count(1, "block"), figures.count(1200, "block")) == ("1 block", "1,200 blocks")


def test_names_are_joined_as_in_a_sentence() -> None:
    assert [figures.listing(list("abc"[:length])) for length in range(4)] == ["", "a", "a and b", "a, b and c"]


def test_text_from_outside_becomes_one_printable_line() -> None:
    assert figures.one_line("a\n  b\t\x1b[31mred\x1b[0m\x07") == "a b  [31mred [0m "
