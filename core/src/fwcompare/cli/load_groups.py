"""How the many options of ``fwcompare load`` are put into sections, and reach the command as one value a section.

Leaves out the options themselves: each section is a module (``load_content.py``, ``load_model.py``, ...).
"""

import functools
from collections.abc import Callable, Iterable
from dataclasses import fields
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])


class _Option(click.Option):
    """An option that knows its section of the help."""

    def __init__(self, *args: Any, section: str, **kwargs: Any) -> None:  # noqa: ANN401 - click's own
        super().__init__(*args, **kwargs)
        self.section = section


class SectionedCommand(click.Command):
    """A command whose help shows its options by section."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the sections in the order of their first options."""
        sections: dict[str, list[tuple[str, str]]] = {}
        for param in self.get_params(ctx):
            record = param.get_help_record(ctx)
            if record is not None and not isinstance(param, click.Argument):
                title = param.section if isinstance(param, _Option) else "Output"
                sections.setdefault(title, []).append(record)
        for title, records in sections.items():
            with formatter.section(title):
                formatter.write_dl(records)


def section(title: str) -> Callable[..., Callable[[F], F]]:
    """Give what makes options of a section, used as :func:`click.option`."""
    return functools.partial(click.option, cls=_Option, section=title)


def gathered(made: type, keyword: str, *options: Callable[[Any], Any]) -> Callable[[F], F]:
    """Add options, in the order in which the help shows them, whose values reach the command as one.

    :param made: a dataclass with a field for each option.
    :param keyword: the command's parameter that it is given as.
    """

    def decorate(function: F) -> F:
        @functools.wraps(function)
        def with_one(**given: object) -> object:
            own = {field.name: given.pop(field.name) for field in fields(made)}
            return function(**given, **{keyword: made(**own)})

        decorated: Any = with_one
        for option in reversed(options):
            decorated = option(decorated)
        result: F = decorated
        return result

    return decorate


def refuse_without_effect(needs: Iterable[tuple[str, bool, str, bool]]) -> None:
    """Refuse flags that would do nothing.

    :param needs: a flag, whether it was given, what it needs, and whether that is there.
    :raises click.UsageError: for the first of them.
    """
    for flag, given, needed, there in needs:
        if given and not there:
            raise click.UsageError(f"{flag} needs {needed}")
