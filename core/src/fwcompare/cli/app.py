"""The program: its commands, its exit codes, and the one place where an error becomes text."""

import sys

import click
from rich.console import Console

from fwcompare.cli.compare import compare
from fwcompare.cli.doctor import doctor
from fwcompare.cli.flamegraph import flamegraph
from fwcompare.cli.history import history
from fwcompare.cli.load import load
from fwcompare.cli.ls import ls
from fwcompare.cli.matrix import matrix
from fwcompare.cli.plan import plan
from fwcompare.cli.plugin import plugin
from fwcompare.cli.plugins import plugins
from fwcompare.cli.report import report
from fwcompare.cli.rm import rm
from fwcompare.cli.run import run
from fwcompare.cli.scenarios import scenarios
from fwcompare.cli.schema import schema
from fwcompare.cli.tag import tag
from fwcompare.cli.targets import targets
from fwcompare.cli.ui import ui
from fwcompare.cli.up import up
from fwcompare.cli.verify import verify
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


@click.group(context_settings={"help_option_names": ["-h", "--help"]}, epilog=_EXIT_CODES)
@click.version_option(package_name="fwcompare")
def cli() -> None:
    """Compare ways of serving the same work, and say whether the answer can be trusted."""


for command in (
    *(run, plan, load, targets, scenarios, plugins, plugin, verify, up, doctor, schema),
    *(report, flamegraph, compare, matrix, ls, tag, rm, history, ui),
):
    cli.add_command(command)


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
