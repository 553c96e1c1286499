"""``fwcompare plugin new``: a plugin that works, to start from."""

import shlex
from pathlib import Path

import click

from fwcompare.cli.options import plugin_options, registry
from fwcompare.errors import ScenarioError
from fwcompare.scaffold import LANGUAGES, make_plugin


@click.group()
def plugin() -> None:
    """Make a plugin; `fwcompare plugins` lists what is installed."""


@plugin.command()
@plugin_options
@click.argument("name")
@click.option("--language", type=click.Choice(LANGUAGES), required=True, help="What its app is written in.")
@click.option(
    "--into",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(),
    help="The folder to make it in, instead of this one.",
)
def new(name: str, *, language: str, into: Path) -> None:
    """Make the folder NAME, with a target of that name that works as it is: it serves the workload `users`.

    The target is ready to be verified, run and tested; its app, its lock and its target.toml are yours to change.
    """
    _check_free(name, language)
    made = make_plugin(name, language, into)
    click.echo(f"made {made.folder}, a plugin of {len(made.files)} files that works as it is. Next:")
    for words, does in (
        (["fwcompare", "verify", name, "--plugin-dir", into], "are its answers right, is its work equal?"),
        (["fwcompare", "run", "users", "--target", name, "--plugin-dir", into], "how fast is it?"),
        (["pytest", made.folder / "tests"], "the conformance suite, for your CI too"),
    ):
        click.echo(f"  {shlex.join(map(str, words)):<56}  # {does}")


def _check_free(name: str, language: str) -> None:
    """Refuse a name that is taken: the two would clash on use."""
    found = registry()
    for kind, taken in (
        ("target", {*found.targets.usable(), *found.targets.clashes()}),
        ("plugin", {info.name for info in found.plugins}),
    ):
        if name in taken:
            raise ScenarioError(
                f"plugin {name!r} cannot be made",
                seen=f"an installed {kind} has that name",
                expected="a name of its own",
                hint=f"fwcompare plugin new my-{name} --language {language}    "
                f"or see `fwcompare {kind}s` for what is taken",
            )
