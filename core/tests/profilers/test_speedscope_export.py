"""The file for speedscope: the structure that its format documents, and no weight lost."""

import json
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field

from fwcompare.profilers.folded import Stack
from fwcompare.profilers.speedscope_export import NamedStacks, export

STACKS: dict[Stack, int] = {("main", "read"): 30, ("main",): 10}


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


class Frame(Strict):
    """``FileFormat.Frame`` of speedscope's own specification."""

    name: str
    file: str | None = None
    line: int | None = None
    col: int | None = None


class Shared(Strict):
    frames: list[Frame]


class Sampled(Strict):
    """``FileFormat.SampledProfile``: as many weights as samples, each sample a list of places in the shared frames."""

    type: Literal["sampled"]
    name: str
    unit: Literal["none", "nanoseconds", "microseconds", "milliseconds", "seconds", "bytes"]
    start_value: float = Field(alias="startValue")
    end_value: float = Field(alias="endValue")
    samples: list[list[int]]
    weights: list[float]


class File(Strict):
    """``FileFormat.File``."""

    schema_: Literal["https://www.speedscope.app/file-format-schema.json"] = Field(alias="$schema")
    shared: Shared
    profiles: list[Sampled]
    name: str | None = None
    exporter: str | None = None
    active_profile_index: int | None = Field(default=None, alias="activeProfileIndex")


def stacks_of(file: File, profile: Sampled) -> dict[Stack, float]:
    return {
        tuple(file.shared.frames[place].name for place in sample): weight
        for sample, weight in zip(profile.samples, profile.weights, strict=True)
    }


def test_weights_are_milliseconds_of_cpu_per_request() -> None:
    file = File.model_validate_json(export([NamedStacks("fastapi-c10", STACKS, 2.0)], "one"))
    (profile,) = file.profiles
    assert (profile.name, profile.unit, profile.start_value, file.name) == ("fastapi-c10", "milliseconds", 0, "one")
    assert stacks_of(file, profile) == {("main", "read"): 1.5, ("main",): 0.5}
    assert profile.end_value == 2.0


def test_without_cpu_time_weights_are_samples() -> None:
    (profile,) = File.model_validate_json(export([NamedStacks("x", STACKS, None)], "one")).profiles
    assert (profile.unit, sorted(profile.weights), profile.end_value) == ("none", [10, 30], 40)


names = st.text(st.characters(codec="utf-8"), min_size=1, max_size=5)
profiles = st.dictionaries(
    st.lists(names, min_size=1, max_size=4).map(tuple), st.integers(1, 99), min_size=1, max_size=8
)


@given(profiles, profiles)
def test_every_stack_of_every_profile_is_in_the_file_with_its_weight(a: dict[Stack, int], b: dict[Stack, int]) -> None:
    file = File.model_validate_json(export([NamedStacks("a", a, None), NamedStacks("b", b, 3.0)], "both"))
    first, second = file.profiles
    assert stacks_of(file, first) == a
    assert sum(second.weights) == pytest.approx(3.0)
    assert stacks_of(file, second).keys() == b.keys()


def test_equal_stacks_give_equal_bytes_in_whatever_order_they_come() -> None:
    turned = dict(reversed(STACKS.items()))
    assert export([NamedStacks("x", STACKS, 1.0)], "n") == export([NamedStacks("x", turned, 1.0)], "n")
    json.loads(export([NamedStacks('"</script>', STACKS, 1.0)], "n"))
