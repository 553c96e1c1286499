"""The line of each key of a TOML text, told by reading it statement by statement."""

import tomllib
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fwcompare.model.toml_lines import lines_of_keys, nearest_line

TEXT = '''\
# A comment = 1
schema = 1

[build]
commands = [
  ["uv", "venv"],  # [not.a.table]
  ["uv", "sync"],
]
note = """
targets = 3
"""

[[targets]]
name = "one"
start.at = "here"

[targets.env]
A = "1"

[[targets.deviations]]
more = { request = 1, X = [
  1, 2] }

[[targets.deviations]]

[[targets]]
name = "two"
[targets.workloads]
"odd key" = "/"
'''


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("schema",), 2),
        (("build",), 4),
        (("build", "commands"), 5),
        (("build", "commands", 1, 0), 5),
        (("build", "note"), 9),
        (("targets", 0), 13),
        (("targets", 0, "name"), 14),
        (("targets", 0, "start", "at"), 15),
        (("targets", 0, "env", "A"), 18),
        (("targets", 0, "deviations", 0, "more", "X"), 21),
        (("targets", 0, "deviations", 1), 24),
        (("targets", 1, "name"), 27),
        (("targets", 1, "workloads", "odd key"), 29),
        # What is not there stands nearest to where it would be.
        (("targets", 1, "title"), 26),
        (("targets", 0, "deviations", 1, "measure"), 24),
        (("app",), 1),
        ((), 1),
    ],
)
def test_a_key_is_found_on_its_line(path: tuple[str | int, ...], line: int) -> None:
    assert nearest_line(lines_of_keys(TEXT), path) == line


def test_every_way_of_ending_a_line_is_counted_once() -> None:
    assert lines_of_keys("a = 1\r\n\r\nb = '\u2028'\r\nc = 2\r\n") == {("a",): 1, ("b",): 3, ("c",): 4}
    assert lines_of_keys("") == {}


VALUES = st.recursive(
    st.integers() | st.sampled_from(["x", "a = 1", "[b]"]), lambda inner: st.lists(inner, max_size=3), max_leaves=5
)


@given(st.lists(VALUES, min_size=1, max_size=5))
def test_of_keys_one_after_the_other_each_is_found_with_everything_in_it(values: list[object]) -> None:
    text = "".join(f"key{number} = {repr(value).replace(', ', ',' + chr(10))}\n" for number, value in enumerate(values))
    lines = lines_of_keys(text)
    written = text.splitlines()
    for number, value in enumerate(values):
        line = lines["key" + str(number),]
        assert written[line - 1].startswith(f"key{number} =")
        assert {lines["key" + str(number), *path] for path in paths(value)} <= {line}
    assert tomllib.loads(text) == {f"key{number}": value for number, value in enumerate(values)}


def paths(value: object) -> Iterator[tuple[int, ...]]:
    if isinstance(value, list):
        for number, inner in enumerate(value):
            yield (number,)
            yield from ((number, *rest) for rest in paths(inner))
