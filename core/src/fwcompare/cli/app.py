"""The program: its commands, its exit codes, and the one place where an error becomes text."""

import importlib
import sys
from collections.abc import Mapping
from typing import Final

import click

from fwcompare.cli.hints import completed
from fwcompare.errors import FwcompareError

_EXIT_CODES = """
\b
Exit codes:
    0  done
    1  a threshold of the scenario was not met
    2  wrong usage, scenario or name
    3  a target failed; the others were measured
    4  this machine lacks something, or forbids it
    5  a measurement is invalid
  130  interrupted; what was measured is kept
"""
_USAGE = 2


_COMMANDS: Final[Mapping[str, str]] = {
    "compare": "Hold a run against another, cell by cell.",
    "doctor": "Check this machine, each finding with its fix.",
    "flamegraph": "Print a target's flamegraphs, functions, or a difference.",
    "history": "Show the trend of each cell of a target over all runs.",
    "load": "Put load on a URL, and say how long each step took.",
    "ls": "List the runs that are kept, newest first.",
    "matrix": "Lay out targets by workloads, over one run or several.",
    "plan": "Print the cells and the order of trials of a scenario.",
    "plugin": "Make a plugin.",
    "plugins": "List plugins, what each offers, and what is wrong with it.",
    "report": "Make the documents of a run anew and print its summary.",
    "rm": "Remove runs with all that they hold.",
    "run": "Measure what a scenario asks for, and compare.",
    "scenarios": "List the scenarios that plugins offer.",
    "schema": "Print a format as JSON schema.",
    "tag": "Give a run one or several tags.",
    "targets": "List targets with their workloads and parameters.",
    "ui": "Browse runs in the browser, and watch one under way.",
    "up": "Start a target and its database, and say how to reach it.",
    "verify": "Hold answers and work to the contract, without measuring.",
}
"""Every command by its name, with what the list of commands says of it."""


class _Commands(click.Group):
    """Commands by name, each imported when it is asked for: half of what they import together is for one of them."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - same
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = getattr(importlib.import_module(f"fwcompare.cli.{cmd_name}"), cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - same
        """List the commands without importing them all for their first sentences."""
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))

    def invoke(self, ctx: click.Context) -> object:
        """Carry a command out; what an error of it advises works as it is typed, with what this command was given."""
        try:
            return super().invoke(ctx)
        except FwcompareError as error:
            error.hint = completed(error.hint, ctx)
            error.details = tuple(completed(line, ctx) for line in error.details)
            raise


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]}, epilog=_EXIT_CODES)
@click.version_option(package_name="fwcompare")
def cli() -> None:
    """Compare ways of serving the same work, and say whether the answer can be trusted."""


def main() -> None:
    """Run the program and exit with the code that its help lists."""
    try:
        code = cli(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(_USAGE)
    except click.Abort:
        sys.exit(130)
    except FwcompareError as error:
        show(error)
        sys.exit(error.exit_code)
    sys.exit(code if isinstance(code, int) else 0)


def show(error: FwcompareError) -> None:
    """Print an error on standard error, its first word in red where there are colours."""
    from rich.console import Console  # noqa: PLC0415 - takes a tenth of a second, for which no help should wait

    console = Console(stderr=True, highlight=False, soft_wrap=True)
    console.print("[bold red]error:[/]", end=" ")
    console.print(str(error), markup=False)
