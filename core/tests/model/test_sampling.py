import pytest

from fwcompare.model.sampling import enough_samples, samples_needed


@pytest.mark.parametrize(("q", "needed"), [(0.5, 20), (0.9, 100), (0.95, 200), (0.99, 1000), (0.999, 10_000)])
def test_what_is_said_to_be_needed_is_enough_and_one_less_is_not(q: float, needed: int) -> None:
    assert samples_needed(q) == needed
    assert enough_samples(needed, q)
    assert not enough_samples(needed - 1, q)
