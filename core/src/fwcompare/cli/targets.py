"""``fwcompare targets``: what can be measured."""

import json

import click

from fwcompare.cli.options import json_option, plugin_options, registry
from fwcompare.cli.tables import print_table


@click.command()
@plugin_options
@json_option
def targets(*, as_json: bool) -> None:
    """List targets with their workloads, their parameters and the build arguments of their images."""
    found = sorted(registry().targets.usable().values(), key=lambda target: target.name)
    if as_json:
        click.echo(json.dumps([target.model_dump(mode="json") for target in found], indent=2))
        return
    print_table(
        ("target", "framework", "language", "workloads", "parameters", "build arguments"),
        [
            (
                target.name,
                target.framework,
                target.language,
                ", ".join(sorted(target.workloads)),
                " ".join(f"{name}={value}" for name, value in sorted(target.parameters.items())),
                " ".join(f"{name}={one.default}" for name, one in sorted(target.build.arguments.items())) or "-",
            )
            for target in found
        ],
    )
