"""docs/hooks.md says what the hookspecs say, no less and no more, and in the order in which a run fires them."""

import importlib.metadata
import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import pytest

from fwcompare import hookimpl, hookspecs
from fwcompare.plugins import discover
from fwcompare.testing.fakes import Behaviour

if TYPE_CHECKING:
    from core.tests.session.conftest import Play

TEXT = (Path(__file__).parents[3] / "docs" / "hooks.md").read_text(encoding="utf-8")
SPECS = {name: spec for name, spec in vars(hookspecs).items() if name.startswith("fwcompare_")}


@dataclass(frozen=True)
class Section:
    """What the page says of one hook."""

    name: str
    arguments: tuple[str, ...]
    text: str


def sections() -> list[Section]:
    found = re.split(r"^### `(\w+)\((.*)\)`$", TEXT, flags=re.MULTILINE)[1:]
    return [
        Section(name, tuple(filter(None, arguments.split(", "))), re.split("^## ", text, flags=re.MULTILINE)[0])
        for name, arguments, text in zip(found[::3], found[1::3], found[2::3], strict=True)
    ]


def order() -> list[str]:
    return re.findall(r"^\d+\. `(\w+)`", TEXT, flags=re.MULTILINE)


def test_every_hook_has_a_section_with_its_arguments_and_there_is_no_other() -> None:
    told = {section.name: section.arguments for section in sections()}
    assert told == {name: tuple(inspect.signature(spec).parameters) for name, spec in SPECS.items()}
    assert len(sections()) == len(told)


@pytest.mark.parametrize("section", sections(), ids=lambda section: section.name)
def test_a_section_says_when_how_often_what_and_since_when(section: Section) -> None:
    spec = SPECS[section.name]
    offers = inspect.signature(spec).return_annotation is not None
    points = re.findall(r"^- \*\*(.+):\*\* \S", section.text, flags=re.MULTILINE)
    assert points == ["When", "How often", "Hands over" if offers else "Gets", "Since"]
    since = re.search(r"versionadded:: (\S+)", inspect.getdoc(spec) or "")
    assert since is not None
    assert f"**Since:** {since[1]}" in section.text
    if offers:
        (kind,) = inspect.signature(spec).return_annotation.__args__
        assert f"`Iterable[{kind.__name__}]`" in section.text


def test_the_sections_stand_in_the_order_of_the_list() -> None:
    assert [section.name for section in sections()] == order()


def test_the_number_of_the_hooks_is_the_one_that_the_page_tells() -> None:
    assert set(re.findall(r"HOOK_API = (\d+)|FWCOMPARE_API = (\d+)", TEXT)) == {
        (str(hookspecs.HOOK_API), ""),
        ("", str(hookspecs.HOOK_API)),
    }


class Point(importlib.metadata.EntryPoint):
    """An entry point whose module is at hand."""

    def load(self) -> ModuleType:
        module: ModuleType = vars(self)["at_hand"]
        return module


def observer_of_everything(fired: list[str]) -> Point:
    module = ModuleType("observer")
    for name, spec in SPECS.items():
        offers = inspect.signature(spec).return_annotation is not None
        vars(module)[name] = hookimpl(_recording(name, fired, offers=offers))
    point = Point("observer", "observer", "fwcompare")
    vars(point)["at_hand"] = module
    return point


def _recording(name: str, fired: list[str], *, offers: bool) -> Callable[[], list[object] | None]:
    def hook() -> list[object] | None:
        fired.append(name)
        return [] if offers else None

    return hook


def test_a_run_fires_the_hooks_in_the_order_that_the_page_lists(play: Callable[..., "Play"]) -> None:
    fired: list[str] = []
    found = discover([observer_of_everything(fired)])
    game = play(one=Behaviour(), two=Behaviour())
    warned: list[str] = []
    game.change(tell=lambda hook, **arguments: found.observers.tell(hook, warned.append, **arguments))
    finished = game.run()

    assert warned == []
    assert list(dict.fromkeys(fired)) == order()
    often = {name: fired.count(name) for name in order()}
    trials = often.pop("fwcompare_trial_finished")
    assert trials == len(finished.report.trials) == 6
    assert set(often.values()) == {1}
