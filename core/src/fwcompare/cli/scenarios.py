"""``fwcompare scenarios``: what can be run by name."""

import click

from fwcompare.cli.options import plugin_options, read_scenario_file, scenario_files
from fwcompare.cli.tables import print_table
from fwcompare.errors import ScenarioError
from fwcompare.planning.scenario_file import parse_scenario


@click.command()
@plugin_options
def scenarios() -> None:
    """List the scenarios that plugins offer."""
    rows = []
    for file in scenario_files():
        try:
            scenario = parse_scenario(read_scenario_file(file), str(file))
            rows.append((file.stem, ", ".join(scenario.workload), scenario.title, str(file)))
        except ScenarioError as error:
            rows.append((file.stem, "-", f"has a problem: {error.seen.splitlines()[0]}", str(file)))
    print_table(("scenario", "workload", "title", "file"), rows)
