"""Completes the commands that errors advise, so that they work as they are typed.

Whatever is at fault lies deep below the command line, and says ``fwcompare up mine``. That ``mine`` comes out of a
folder which this command was given, and is to run in a container, only the command line knows.
"""

import re
import shlex
from collections.abc import Mapping, Sequence
from typing import Final

import click

_GIVEN: Final = "fwcompare.given"
# A command ends where its line does, or where four spaces stand before what it does.
_ADVICE: Final = re.compile(r"^(?P<typed>\s*(?:next: )?fwcompare (?P<command>[a-z]+)(?: \S+)*)", re.MULTILINE)


def remember(context: click.Context, option: str, values: Sequence[str]) -> None:
    """Have commands that are advised from now on, and know this option, be given it with these values."""
    context.meta.setdefault(_GIVEN, {})[option] = tuple(values)


def completed(text: str, context: click.Context | None = None) -> str:
    """Give a text with every command completed that it advises at the beginning of a line.

    :param context: of this command or of the group around it; the present one when absent.
    """
    context = context or click.get_current_context(silent=True)
    if context is None or _GIVEN not in context.meta:
        return text
    root, given = context.find_root(), context.meta[_GIVEN]

    def complete(advice: re.Match[str]) -> str:
        group, typed = root.command, advice["typed"]
        command = group.get_command(root, advice["command"]) if isinstance(group, click.Group) else None
        return typed if command is None else " ".join([typed, *_missing(command, typed, given)])

    return _ADVICE.sub(complete, text)


def _missing(command: click.Command, typed: str, given: Mapping[str, Sequence[str]]) -> list[str]:
    """Give the words that a command lacks, quoted for a shell."""
    options = {name: option for option in command.params if isinstance(option, click.Option) for name in option.opts}
    return [
        shlex.quote(word)
        for name, values in given.items()
        # Of an option that stands once there, several values would be a guess.
        if name in options and name not in typed.split() and (options[name].multiple or len(values) == 1)
        for value in values
        for word in (name, value)
    ]
