"""``fwcompare tag``: a name of one's own for a run."""

from collections.abc import Sequence
from pathlib import Path

import click

from fwcompare.cli.options import results_option
from fwcompare.cli.voice import say
from fwcompare.errors import ScenarioError
from fwcompare.store.run_directory import find_run
from fwcompare.store.tags import read_tags, write_tags


@click.command()
@click.argument("run")
@click.argument("tags", metavar="TAG...", nargs=-1, required=True)
@results_option
@click.option("--remove", is_flag=True, help="Take the tags off instead.")
def tag(run: str, tags: Sequence[str], results: Path, *, remove: bool) -> None:
    """Give RUN one or several tags; a tag of one run alone may stand wherever a RUN is asked for."""
    store = find_run(results, run)
    before = read_tags(store.folder)
    unknown = [name for name in tags if name not in before]
    if remove and unknown:
        raise ScenarioError(
            f"run {store.name} has no tag {', '.join(unknown)}", seen=f"its tags: {', '.join(before) or 'none'}"
        )
    kept = write_tags(store.folder, set(before) - set(tags) if remove else {*before, *tags})
    say(f"{store.name}: {', '.join(kept) or 'no tags'}")
