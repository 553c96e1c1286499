"""The program: its commands, its exit codes, and the one place where an error becomes text."""

import importlib
import sys

import click
from rich.console import Console

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


_COMMANDS = (
    *("run", "plan", "load", "targets", "scenarios", "plugins", "plugin", "verify", "up", "doctor", "schema"),
    *("report", "flamegraph", "compare", "matrix", "ls", "tag", "rm", "history", "ui"),
)


class _Commands(click.Group):
    """Commands by name, each imported when it is asked for: half of what they import together is for one of them."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - same
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = getattr(importlib.import_module(f"fwcompare.cli.{cmd_name}"), cmd_name)
        return command


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
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    console.print("[bold red]error:[/]", end=" ")
    console.print(str(error), markup=False)
