"""What an error advises can be typed as it stands: with the folders, the runtime and the services of this command."""

import click
import pytest

from fwcompare.cli.app import cli
from fwcompare.cli.hints import completed, remember
from fwcompare.cli.voice import say
from fwcompare.errors import TargetError

UP = "fwcompare up dk    starts it alone, with its log on the terminal"


def context(**given: list[str]) -> click.Context:
    made = click.Context(cli, info_name="fwcompare")
    for option, values in given.items():
        remember(made, f"--{option.replace('_', '-')}", values)
    return made


@pytest.mark.parametrize(
    ("advised", "expected"),
    [
        (UP, UP.replace("dk", "dk --plugin-dir . --plugin-dir 'a b' --runtime docker")),
        (
            "fwcompare verify dk --workload users",
            "fwcompare verify dk --workload users --plugin-dir . --plugin-dir 'a b' --runtime docker",
        ),
        # It knows no runtime.
        ("fwcompare plugins    lists", "fwcompare plugins --plugin-dir . --plugin-dir 'a b'    lists"),
        ("fwcompare schema target    prints", "fwcompare schema target    prints"),
        ("fwcompare nonsense", "fwcompare nonsense"),
        ("did you mean 'start'?", "did you mean 'start'?"),
        ("call it fwcompare up", "call it fwcompare up"),
        ("fwcompare up dk --runtime process", "fwcompare up dk --runtime process --plugin-dir . --plugin-dir 'a b'"),
    ],
)
def test_a_command_is_given_what_it_knows_of_what_this_one_was(advised: str, expected: str) -> None:
    given = context(plugin_dir=[".", "a b"], runtime=["docker"])
    assert completed(advised, given) == expected
    # As it stands in the text of an error, among others.
    text = "target 'dk' exited\n  log: x\n  next: {}\nmore"
    assert completed(text.format(advised), given) == text.format(expected)


def test_of_several_runtimes_none_is_chosen_for_a_command_that_takes_one() -> None:
    given = context(runtime=["process", "docker"])
    assert completed(UP, given) == UP
    assert completed("fwcompare plan x", given) == "fwcompare plan x --runtime process --runtime docker"


def test_without_anything_given_or_outside_of_a_command_nothing_is_added() -> None:
    assert completed(UP, context()) == UP
    assert completed(UP) == UP


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--plugin-dir", "a b", "--no-plugin", "x"], "fwcompare up dk --plugin-dir 'a b' --no-plugin x    starts"),
        (["--runtime", "docker"], "fwcompare up dk --runtime docker    starts"),
        (["--service", "postgres=docker"], "fwcompare up dk --service postgresql=docker    starts"),
        (["--service", "mysql=mysql://root:secret@127.0.0.1"], "fwcompare up dk    starts"),
        ([], "fwcompare up dk    starts"),
    ],
)
def test_options_of_a_command_stand_in_what_its_error_advises_and_in_what_it_says(
    arguments: list[str], expected: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object, **__: object) -> None:
        say(f"dk failed\n  next: {UP}")
        raise TargetError("dk failed", hint=UP)

    monkeypatch.setattr("fwcompare.cli.verify._chosen", fail)
    with pytest.raises(TargetError) as caught:
        cli(["verify", "dk", *arguments], standalone_mode=False)
    assert caught.value.hint.startswith(expected)
    told = " ".join(capsys.readouterr().err.split())
    assert f"next: {' '.join(expected.split())}" in told
    assert "secret" not in told
