"""``fwcompare schema``: the formats that people and programs write and read."""

import json

import click

from fwcompare.model.scenario import Scenario
from fwcompare.model.summary import Summary
from fwcompare.model.target import target_file_schema


@click.command()
@click.argument("name", type=click.Choice(["scenario", "target", "summary"]))
def schema(name: str) -> None:
    """Print the JSON schema of a scenario, a target.toml or summary.json."""
    schemas = {
        "scenario": Scenario.model_json_schema(),
        "target": target_file_schema(),
        "summary": Summary.model_json_schema(by_alias=True),
    }
    click.echo(json.dumps(schemas[name], indent=2))
