from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fwcompare.model.quantities import as_variable, format_duration, format_percent, parse_duration, parse_percent


@pytest.mark.parametrize(
    ("text", "seconds"), [("500ms", 0.5), ("10s", 10), ("1.5s", 1.5), ("2m", 120), ("1h", 3600), (" 3 s ", 3)]
)
def test_durations_are_read_with_their_unit(text: str, seconds: float) -> None:
    assert parse_duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["5", 5, 5.0, "s", "-1s", "5 seconds", "", None, "1e3s", "nan s"])
def test_a_duration_without_a_unit_is_refused(text: object) -> None:
    with pytest.raises(ValueError, match="is no duration"):
        parse_duration(text)


@given(st.integers(0, 10**6))
def test_a_duration_that_is_written_is_read_back(milliseconds: int) -> None:
    value = timedelta(milliseconds=milliseconds)
    assert parse_duration(format_duration(value)) == value


def test_a_percentage_needs_its_sign() -> None:
    assert parse_percent("2%") == pytest.approx(0.02)
    assert parse_percent(format_percent(0.05)) == pytest.approx(0.05)
    with pytest.raises(ValueError, match="is no percentage"):
        parse_percent("2")


@pytest.mark.parametrize(("value", "text"), [(True, "true"), (False, "false"), (3, "3"), (0.5, "0.5"), ("a b", "a b")])
def test_parameters_become_text(value: bool | float | str, text: str) -> None:  # noqa: FBT001 - a case of the table
    assert as_variable(value) == text
