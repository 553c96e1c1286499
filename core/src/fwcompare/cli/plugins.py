"""``fwcompare plugins``: what is installed, and what is wrong with it."""

import json
from dataclasses import asdict

import click

from fwcompare.cli.hints import completed
from fwcompare.cli.options import json_option, plugin_options, registry
from fwcompare.cli.tables import print_table


@click.command()
@plugin_options
@json_option
def plugins(*, as_json: bool) -> None:
    """List plugins: version, state, hooks, targets, origin, and why one is broken or blocked."""
    found = registry().plugins
    if as_json:
        click.echo(json.dumps([asdict(plugin) for plugin in found], indent=2))
        return
    print_table(
        ("plugin", "version", "state", "targets", "hooks", "origin"),
        [
            (
                plugin.name,
                plugin.version,
                plugin.state,
                ", ".join(plugin.targets) or "-",
                ", ".join(hook.removeprefix("fwcompare_") for hook in plugin.hooks) or "-",
                plugin.origin,
            )
            for plugin in found
        ],
    )
    for plugin in found:
        if plugin.reason:
            click.echo(f"\n{plugin.name} ({plugin.origin}): {completed(plugin.reason)}")
        for remark in plugin.remarks:
            click.echo(f"\n{plugin.name} ({plugin.origin}): {remark}")
