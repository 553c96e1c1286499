"""``fwcompare schema``: the formats that people and programs write and read."""

import json

import click
from pydantic import TypeAdapter

from fwcompare.model.comparison import RunComparison
from fwcompare.model.flows import FlowsFile
from fwcompare.model.functions import FunctionComparison, FunctionTable
from fwcompare.model.history import History
from fwcompare.model.load_report import LoadReport
from fwcompare.model.matrix import Matrix
from fwcompare.model.scenario import Scenario
from fwcompare.model.summary import Summary
from fwcompare.model.target import target_file_schema

_NAMES = ("scenario", "flows", "target", "summary", "comparison", "functions", "matrix", "history", "load")


@click.command()
@click.argument("name", type=click.Choice(_NAMES))
def schema(name: str) -> None:
    """Print the JSON schema of a scenario, a flows file, a target.toml, summary.json, or of what a command prints."""
    schemas = {
        "scenario": Scenario.model_json_schema(),
        "flows": FlowsFile.model_json_schema(),
        "target": target_file_schema(),
        "summary": Summary.model_json_schema(by_alias=True),
        "comparison": RunComparison.model_json_schema(by_alias=True),
        "functions": TypeAdapter(FunctionTable | FunctionComparison).json_schema(by_alias=True),
        "matrix": Matrix.model_json_schema(by_alias=True),
        "history": History.model_json_schema(by_alias=True),
        "load": LoadReport.model_json_schema(by_alias=True),
    }
    click.echo(json.dumps(schemas[name], indent=2))
