"""The drawn profile: one well-formed file that needs nothing from elsewhere, whatever the frames are called."""

import re
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from fwcompare.errors import MeasurementError, ScenarioError
from fwcompare.model.functions import ProfiledTrial
from fwcompare.model.ports import Profile
from fwcompare.profilers import folded
from fwcompare.profilers.flamegraph import on_cpu, render, render_change, worth

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


TRIAL = ProfiledTrial(
    run="2026-11-20-users-3f9c",
    cell="fastapi-c10",
    block=1,
    attempt=1,
    target="fastapi",
    title="FastAPI",
    language="python",
    profiler="py-spy",
    samples=200,
    rate_hz=99,
    window_s=4.0,
    busy_threads=0.5,
    profiler_cpu_s=0.2,
    cpu_ms_per_request=2.0,
)
OTHER = TRIAL.model_copy(update={"target": "django", "cell": "django-c10", "cpu_ms_per_request": 3.0})


def test_a_difference_is_in_nanoseconds_of_cpu_per_request_whatever_the_numbers_of_samples() -> None:
    a: dict[folded.Stack, int] = {("main", "read"): 50, ("main", "write"): 50}
    b: dict[folded.Stack, int] = {("main", "read"): 2, ("main", "write"): 1}
    svg = render_change(TRIAL, a, OTHER, b)

    assert "read (2,000,000 ns of CPU per request, 66.67%; +33.33%)" in svg
    assert "write (1,000,000 ns of CPU per request, 33.33%; 0.00%)" in svg
    assert "django-c10 against fastapi-c10" in svg
    assert "as wide as CPU time per request of django, 3 ms; red: more of a function&apos;s own than in fastapi" in svg
    assert svg == render_change(TRIAL, dict(reversed(a.items())), OTHER, dict(reversed(b.items())))
    ET.fromstring(svg)  # noqa: S314 - our own text
    assert "<!DOCTYPE" not in svg


def test_what_only_the_first_spends_is_told_in_a_line_below_the_picture() -> None:
    a: dict[folded.Stack, int] = {("main", "read"): 50, ("main", "</text>write", "flush"): 30, ("main", "wait"): 20}
    b: dict[folded.Stack, int] = {("main", "read"): 2}
    svg = render_change(TRIAL, a, OTHER, b)
    root = ET.fromstring(svg)  # noqa: S314 - our own text
    below = root[-1]
    assert below.text == (
        "not drawn: 1 ms per request that fastapi spends in calls never seen in django: "
        "0.6 from </text>write on, 0.4 from wait on"
    )
    height = int(root.attrib["height"])
    assert root.attrib["viewBox"] == f"0 0 1200 {height}"
    assert next(each for each in root.iter() if each.tag.endswith("}rect")).attrib["height"] == str(height)
    assert max(
        float(each.attrib["y"]) for each in root.iter() if each.tag.endswith("}text") and each is not below
    ) + 12 < (float(below.attrib["y"]))
    assert float(below.attrib["y"]) < height


def test_a_picture_that_leaves_out_nothing_has_no_line_below() -> None:
    svg = render_change(TRIAL, {("main",): 5}, OTHER, {("main", "read"): 2})
    assert "not drawn" not in svg


@pytest.mark.parametrize(
    ("frames", "cut"),
    [
        ({("node", "emit (node:events)"): 1}, "true"),
        ({("node", "send (fastify/lib/reply.js)"): 1}, "true"),
        ({("go", "net/http.(*conn).serve"): 1}, "false"),
        ({("java", "io.netty.channel.nio.NioIoHandler.run"): 1}, "false"),
    ],
)
def test_a_frame_without_room_for_its_name_shows_the_part_that_tells_the_function(
    frames: dict[folded.Stack, int], cut: str
) -> None:
    svg = render(replace(PROFILE, folded=folded.write(frames)), title="t", subtitle="s")
    assert f"var truncate_text_right = {cut};" in svg


def test_a_difference_across_languages_is_refused() -> None:
    with pytest.raises(ScenarioError, match="django in rust: no frame of one is in the other"):
        render_change(TRIAL, STACKS, OTHER.model_copy(update={"language": "rust"}), STACKS)


def test_a_difference_without_cpu_time_is_refused() -> None:
    with pytest.raises(MeasurementError, match="the CPU time per request of django-c10, block 1, is not known"):
        render_change(TRIAL, STACKS, OTHER.model_copy(update={"cpu_ms_per_request": None}), STACKS)
    with pytest.raises(MeasurementError, match="fastapi-c10"):
        render_change(TRIAL, {}, OTHER, STACKS)


def test_names_that_are_no_xml_do_not_break_a_graph() -> None:
    for svg in (
        render(PROFILE, title="a\0b\x1b[31m\ufffe", subtitle="\ud800"),
        render_change(TRIAL.model_copy(update={"cell": "a\x07<b>"}), STACKS, OTHER, STACKS),
    ):
        ET.fromstring(svg)  # noqa: S314 - our own text
        assert "<b>" not in svg


def test_what_the_target_used_of_its_cpus_stands_beside_the_graph() -> None:
    assert "; the target used 0.83 of 1 CPU when measured" in render(
        PROFILE, title="t", subtitle="s", on_cpu=on_cpu(0.83, 1.0)
    )
    assert on_cpu(1.5, 2.0) == "the target used 1.50 of 2 CPUs when measured"
    assert on_cpu(1.5, None) == "the target used 1.50 CPUs when measured"
    assert on_cpu(None, 1.0) == ""
    assert "when measured" not in render(PROFILE, title="t", subtitle="s")
