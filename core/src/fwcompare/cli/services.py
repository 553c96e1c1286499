"""``--service NAME=HOW``: where a service comes from, for the commands that start one."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from fwcompare.cli.hints import remember
from fwcompare.errors import ScenarioError

if TYPE_CHECKING:
    from fwcompare.plugins import Registry

F = TypeVar("F", bound=Callable[..., Any])

_KEPT = "fwcompare.services"
_ALSO: Final = {"postgres": "postgresql", "mariadb": "mysql"}
"""Names of products that people give for the service."""


def service_option(function: F) -> F:
    """Add ``--service``, which :func:`chosen_services` looks at."""
    return click.option(
        "--service",
        multiple=True,
        metavar="NAME=HOW",
        expose_value=False,
        callback=_keep,
        help="Where a service comes from: postgresql=docker, mysql=local, or the URL of an administrator.",
    )(function)


def chosen_services() -> Mapping[str, str]:
    """Give what ``--service`` of this command says, by service; the last counts."""
    given: Mapping[str, str] = click.get_current_context().meta.get(_KEPT, {})
    return given


def require_known(chosen: Mapping[str, str], found: "Registry") -> None:
    """Refuse a service that nobody gives: it would be passed over in silence, as one that no workload needs is.

    :raises ScenarioError: names those there are.
    """
    providers = found.services.usable().values()
    known = sorted({provider.service for provider in providers})
    for name in chosen:
        if name not in known:
            raise ScenarioError(
                f"service {name!r} does not exist",
                seen=f"--service {name}=...",
                expected=", ".join(known) or "a plugin that gives one",
                hint="fwcompare plugins    lists what is installed",
            )


def _keep(context: click.Context, _parameter: click.Parameter, values: tuple[str, ...]) -> None:
    chosen = {}
    for value in values:
        name, equals, how = value.partition("=")
        if not (name and equals and how):
            # Not shown: it may be a URL with its password.
            raise click.BadParameter("expected NAME=HOW, such as postgresql=docker")
        chosen[_ALSO.get(name, name)] = how
    context.meta[_KEPT] = chosen
    # A URL may hold a password, and is not repeated.
    named = [f"{name}={how}" for name, how in chosen.items() if "://" not in how]
    if named:
        remember(context, "--service", named)
