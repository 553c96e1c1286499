"""``fwcompare ui``: a local web application to browse runs and to watch one."""

from pathlib import Path

import click

from fwcompare.cli.options import results_option
from fwcompare.cli.voice import say, warn
from fwcompare.errors import ScenarioError


@click.command()
@results_option
@click.option("--port", type=click.IntRange(0, 65535), default=0, show_default=True, help="0 takes a free one.")
@click.option("--open/--no-open", "show", default=True, show_default=True, help="Open it in the browser.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen at.")
@click.option("--allow-remote", is_flag=True, help="Let --host be an address that other machines reach.")
def ui(results: Path, port: int, *, show: bool, host: str, allow_remote: bool) -> None:
    """Browse runs, reports, matrices, flamegraphs and comparisons, and watch a run in progress.

    Prints an address with a token; who has it may look, and nobody can change anything. Ctrl-C ends it.
    """
    # The web server is imported by nothing else: a run must not carry it.
    from fwcompare.ui.server import Service, place_of  # noqa: PLC0415

    place = place_of(host, port)
    if not place.is_loopback and not allow_remote:
        raise ScenarioError(
            f"host {host!r} can be reached by other machines",
            expected="127.0.0.1, localhost or ::1, so that only this machine can look",
            hint="fwcompare ui --host ... --allow-remote    if the network between is trusted: nothing is encrypted",
        )
    if not results.is_dir():
        warn(f"results folder {results} is not there yet; runs are shown once there are some")
    service = Service(results, place, say=say)
    if not place.is_loopback:
        warn("other machines can reach this; the token and all pages go over the network in plain text")

    click.echo(service.address)
    say("Ctrl-C ends it")
    if show and click.launch(service.address) != 0:
        say("no browser could be opened: open the address above yourself")
    service.run()
