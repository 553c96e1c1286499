import importlib.metadata
import re
import sys
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import ModuleType

import pytest

import fwcompare
from fwcompare.errors import PluginError, ScenarioError
from fwcompare.model.target import Target
from fwcompare.plugins import Registry, discover
from fwcompare.plugins.contained import contained
from fwcompare.testing.fakes import fake_target

HERE = Path(__file__)


class Point(importlib.metadata.EntryPoint):
    """An entry point whose module is made by the test instead of imported."""

    def __init__(self, name: str, load: Callable[[], ModuleType]) -> None:
        super().__init__(name, f"module_of_{name}", "fwcompare")
        vars(self)["_load"] = load

    def load(self) -> ModuleType:
        module: ModuleType = vars(self)["_load"]()
        return module


def plugin(name: str, **hooks: object) -> Point:
    module = ModuleType(name)
    for hook, function in hooks.items():
        setattr(module, hook, function)
    return Point(name, lambda: module)


def offering(name: str, *targets: str) -> Point:
    @fwcompare.hookimpl
    def fwcompare_targets() -> list[Target]:
        return [fake_target(target) for target in targets]

    return plugin(name, fwcompare_targets=fwcompare_targets)


def state(found: Registry, name: str) -> tuple[str, str]:
    info = next(info for info in found.plugins if info.name == name)
    return info.state, info.reason


GOOD = offering("good", "alpha", "beta")


def test_a_sound_plugin_offers_its_targets_with_name_and_hooks() -> None:
    found = discover([GOOD])
    assert list(found.targets.usable()) == ["alpha", "beta"]
    info = next(info for info in found.plugins if info.name == "good")
    assert info.targets == ("alpha", "beta")
    assert info.hooks == ("fwcompare_targets",)


def test_core_offers_its_own_things_through_the_same_hooks() -> None:
    found = discover([])
    assert "users" in found.workloads.usable()
    assert "process" in found.runtimes.usable()
    assert "postgresql:embedded" in found.services.usable()
    assert {"py-spy", "perf"} <= set(found.profilers.usable())
    assert state(found, "builtin") == ("ok", "")


@pytest.mark.parametrize("error", [ImportError("No module named 'nope'"), RuntimeError("boom"), SystemExit(3)])
def test_a_plugin_whose_import_fails_is_broken_and_stops_nothing_else(error: BaseException) -> None:
    def fail() -> ModuleType:
        raise error

    found = discover([Point("bad", fail), GOOD])
    kind, reason = state(found, "bad")
    assert kind == "broken"
    assert re.fullmatch(rf"import failed: {type(error).__name__}: {error}, at {HERE}:\d+", reason)
    assert list(found.targets.usable()) == ["alpha", "beta"]


def test_a_misspelt_hook_is_refused_with_the_right_name() -> None:
    @fwcompare.hookimpl
    def fwcompare_target() -> list[Target]:
        return []

    found = discover([plugin("typo", fwcompare_target=fwcompare_target), GOOD])
    assert state(found, "typo") == ("broken", "fwcompare_target is no hook; did you mean fwcompare_targets?")
    assert "alpha" in found.targets.usable()


def test_a_hook_without_its_mark_is_refused() -> None:
    found = discover([plugin("unmarked", fwcompare_targets=list)])
    assert state(found, "unmarked") == ("broken", "fwcompare_targets lacks the @fwcompare.hookimpl mark")


def test_a_hook_with_an_argument_that_the_spec_lacks_is_refused() -> None:
    @fwcompare.hookimpl
    def fwcompare_targets(zzz: int) -> list[Target]:
        return []

    kind, reason = state(discover([plugin("arguments", fwcompare_targets=fwcompare_targets)]), "arguments")
    assert kind == "broken"
    assert "zzz" in reason


def test_a_hook_that_raises_makes_its_plugin_broken() -> None:
    @fwcompare.hookimpl
    def fwcompare_targets() -> list[Target]:
        raise KeyError("lost")

    found = discover([plugin("raises", fwcompare_targets=fwcompare_targets), GOOD])
    line = fwcompare_targets.__code__.co_firstlineno + 2
    assert state(found, "raises") == ("broken", f"KeyError: 'lost', at {HERE}:{line}")
    assert "alpha" in found.targets.usable()


def test_a_hook_that_hands_over_the_wrong_thing_makes_its_plugin_broken() -> None:
    @fwcompare.hookimpl
    def fwcompare_targets() -> list[object]:
        return ["alpha"]

    kind, reason = state(discover([plugin("wrong", fwcompare_targets=fwcompare_targets)]), "wrong")
    assert kind == "broken"
    assert "fwcompare_targets handed over str" in reason
    assert "expected: Target" in reason


def test_a_scenario_folder_that_is_not_there_makes_its_plugin_broken(tmp_path: Path) -> None:
    @fwcompare.hookimpl
    def fwcompare_scenarios() -> list[Path]:
        return [tmp_path / "nothing"]

    kind, reason = state(discover([plugin("folder", fwcompare_scenarios=fwcompare_scenarios)]), "folder")
    assert kind == "broken"
    assert "a folder that is not there" in reason


def test_a_clash_names_both_plugins_and_leaves_their_other_targets_working() -> None:
    found = discover([GOOD, offering("other", "beta", "gamma")])
    assert list(found.targets.usable()) == ["alpha", "gamma"]
    with pytest.raises(PluginError, match="'good' and 'other'"):
        found.targets.get("beta")
    for name in ("good", "other"):
        assert state(found, name) == ("ok", "target 'beta' clashes: offered by good and other")
    assert found.clashes() == ["target 'beta' is left out: it is offered by 'good' and 'other'"]


def test_two_plugins_of_one_name_leave_the_first_working() -> None:
    found = discover([offering("same", "alpha"), offering("same", "beta")])
    assert [info.state for info in found.plugins if info.name == "same"] == ["ok", "broken"]
    assert "another plugin is named 'same'" in found.broken()[0].reason
    assert list(found.targets.usable()) == ["alpha"]


def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(ScenarioError, match="did you mean 'alpha'") as caught:
        discover([GOOD]).targets.get("alpa")
    assert caught.value.exit_code == 2


def test_an_unknown_name_is_answered_with_the_whole_reason_of_each_broken_plugin() -> None:
    def fail() -> ModuleType:
        raise PluginError("target file is odd", seen="line 3\nline 4", hint="mend it")

    with pytest.raises(ScenarioError) as caught:
        discover([GOOD, Point("odd", fail)]).targets.get("mine")
    assert str(caught.value).splitlines() == [
        "target 'mine' does not exist",
        "  expected: alpha, beta",
        "  plugin 'odd' is broken: target file is odd",
        "    line 3",
        "    line 4",
        "    next: mend it",
        "  next: fwcompare plugins    lists what is installed",
    ]


def test_a_target_of_a_profiler_that_nobody_offers_is_remarked() -> None:
    @fwcompare.hookimpl
    def fwcompare_targets() -> list[Target]:
        return [
            fake_target("odd", profiler="pref"),
            fake_target("even", profiler="perf"),
            fake_target("none", profiler="none"),
        ]

    found = discover([plugin("mine", fwcompare_targets=fwcompare_targets)])
    (info,) = [info for info in found.plugins if info.name == "mine"]
    assert info.remarks == ("target 'odd' names profiler 'pref', which no plugin offers; did you mean 'perf'?",)
    assert (info.state, info.targets) == ("ok", ("odd", "even", "none"))


def test_an_observer_that_raises_is_named_and_the_others_are_told() -> None:
    heard: list[str] = []

    @fwcompare.hookimpl
    def fwcompare_trial_finished(trial: object) -> None:
        raise ValueError("no thanks")

    @fwcompare.hookimpl(specname="fwcompare_trial_finished")
    def listen(trial: object) -> None:
        heard.append(str(trial))

    found = discover([plugin("rude", fwcompare_trial_finished=fwcompare_trial_finished), plugin("calm", listen=listen)])
    warnings: list[str] = []
    found.observers.tell("fwcompare_trial_finished", warnings.append, trial="t")
    assert heard == ["t"]
    line = fwcompare_trial_finished.__code__.co_firstlineno + 2
    assert warnings == [
        f"plugin 'rude' raised in fwcompare_trial_finished: ValueError: no thanks, at {HERE}:{line}",
    ]


@pytest.mark.parametrize(
    ("api", "told"),
    [
        (2, "it was made for version 2 of the hooks, and this fwcompare (0.1.0) has version 1; upgrade fwcompare"),
        ("1", "FWCOMPARE_API is '1'; expected the number of a version of the hooks"),
        (True, "FWCOMPARE_API is True; expected"),
        (0, "FWCOMPARE_API is 0; expected"),
    ],
)
def test_a_plugin_made_for_newer_hooks_is_refused(api: object, told: str) -> None:
    found = discover([plugin("newer", FWCOMPARE_API=api), GOOD])
    kind, reason = state(found, "newer")
    assert kind == "broken"
    assert told in reason
    assert "alpha" in found.targets.usable()


def test_a_plugin_made_for_these_hooks_is_taken() -> None:
    assert state(discover([plugin("present", FWCOMPARE_API=1)]), "present") == ("ok", "")


def test_what_a_plugin_prints_is_remarked_and_kept_from_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    @fwcompare.hookimpl
    def fwcompare_targets() -> list[Target]:
        sys.stdout.write("{not json")
        return [fake_target("loud", profiler="perf")]

    found = discover([plugin("loud", fwcompare_targets=fwcompare_targets)])
    (info,) = [info for info in found.plugins if info.name == "loud"]
    assert info.state == "ok"
    assert info.remarks == ("it printed '{not json', which was kept from standard output",)
    assert capsys.readouterr().out == ""


def test_a_plugin_that_hangs_is_broken_and_stops_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    never = threading.Event()

    def hang() -> ModuleType:
        never.wait()
        raise AssertionError

    monkeypatch.setattr("fwcompare.plugins.discovery.contained", partial(contained, limit_s=0.1))
    found = discover([Point("stuck", hang), GOOD])
    kind, reason = state(found, "stuck")
    assert kind == "broken"
    assert reason.startswith("import did not end within")
    assert "alpha" in found.targets.usable()


def test_an_observer_that_hangs_is_named_and_told_nothing_more(monkeypatch: pytest.MonkeyPatch) -> None:
    never, told = threading.Event(), []

    @fwcompare.hookimpl
    def fwcompare_trial_finished(trial: object) -> None:
        told.append(trial)
        never.wait()

    monkeypatch.setattr("fwcompare.plugins.observers.contained", partial(contained, limit_s=0.1))
    observers = discover([plugin("stuck", fwcompare_trial_finished=fwcompare_trial_finished)]).observers
    warnings: list[str] = []
    for trial in (1, 2):
        observers.tell("fwcompare_trial_finished", warnings.append, trial=trial)
    assert told == [1]
    assert warnings == ["plugin 'stuck' hung in fwcompare_trial_finished for 15 s and is told nothing more"]
