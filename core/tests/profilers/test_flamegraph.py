"""The drawn profile: one well-formed file that needs nothing from elsewhere, whatever the frames are called."""

import re
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from fwcompare.model.ports import Profile
from fwcompare.profilers import folded
from fwcompare.profilers.flamegraph import render, worth

STACKS: dict[folded.Stack, int] = {
    ("main", "read_users (fwc_app/users.py)"): 150,
    ("main", "<script>alert('&')</script>"): 48,
}
PROFILE = Profile(folded=folded.write(STACKS), samples=198, rate_hz=99, window_s=4.0, profiler_cpu_s=0.214)


def test_it_is_well_formed_and_refers_to_nothing_outside_of_itself() -> None:
    svg = render(PROFILE, title="fastapi-c10", subtitle="py-spy, c10")

    elements = list(ET.fromstring(svg).iter())  # noqa: S314 - our own text
    attributes = " ".join(value for element in elements for value in element.attrib.values())
    assert not re.search(r"//|url\((?!#)", attributes)
    styles = "".join(element.text or "" for element in elements if element.tag.endswith("}style"))
    assert styles
    assert not re.search(r"@import|//", styles)
    scripts = "".join(element.text or "" for element in elements if element.tag.endswith("}script"))
    assert not re.search(r"fetch\(|XMLHttpRequest|import\s|importScripts|WebSocket|sendBeacon", scripts)
    assert "<!DOCTYPE" not in svg


def test_hostile_frames_are_shown_and_not_obeyed() -> None:
    svg = render(PROFILE, title="<b>title</b>", subtitle="</text><script>")

    assert "<script>alert" not in svg
    assert "&lt;script&gt;alert" in svg
    assert "<b>" not in svg
    ET.fromstring(svg)  # noqa: S314 - our own text


def test_it_says_what_was_profiled_and_what_the_profile_is_worth() -> None:
    svg = render(PROFILE, title="fastapi-c10", subtitle="py-spy, c10")

    for text in ("fastapi-c10", "py-spy, c10", "read_users", worth(PROFILE)):
        assert text in svg


@pytest.mark.parametrize(
    ("cost", "said"),
    [(0.214, "the profiler used 0.21 s of CPU"), (None, "the profiler used an unknown amount of CPU")],
)
def test_the_share_of_time_on_cpu_stands_beside_the_samples(cost: float | None, said: str) -> None:
    profile = replace(PROFILE, profiler_cpu_s=cost)

    assert worth(profile) == f"198 samples at 99 Hz in 4 s, 0.50 threads busy on average; {said}"
