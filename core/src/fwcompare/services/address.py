"""A database server at a URL that a scenario gives: where it is, who we are there, and names of our own on it."""

import secrets
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from fwcompare.errors import HostError, ScenarioError
from fwcompare.model.quantities import redacted
from fwcompare.services.login import Login

_NAME_BYTES = 63
"""What a database's name may have on every server."""
_DRAWN_BYTES = 4


@dataclass(frozen=True)
class Address:
    """A server and its administrator. ``database`` is the one that the URL names, perhaps none."""

    host: str
    port: int
    login: Login
    database: str


def parse_address(url: str, *, schemes: tuple[str, ...], port: int) -> Address:
    """Read ``scheme://user:password@host:port/database``.

    :param port: where the URL names none.
    :raises ScenarioError: for another form; the password is not shown.
    """
    example = f"{schemes[0]}://user:password@host:{port}/database"
    try:
        parts = urlsplit(url)
        found = parts.port or port
    except ValueError:
        # Its message quotes what stands where a port should, which may be half a password.
        raise _wrong(url, "host and port cannot be told apart", example) from None
    if parts.scheme not in schemes:
        raise _wrong(url, f"its scheme is {parts.scheme!r}", example)
    if not parts.hostname or not parts.username:
        raise _wrong(url, "it names no user" if parts.hostname else "it names no host", example)
    if parts.query or parts.fragment:
        raise _wrong(url, "something follows the database's name", example)
    login = Login(unquote(parts.username), unquote(parts.password or ""))
    return Address(parts.hostname, found, login, unquote(parts.path.strip("/")))


def require_rights(address: str, product: str, login: Login, lacking: tuple[str, ...], hint: str) -> None:
    """Refuse an administrator who could not make what a run needs.

    :raises HostError: names each right that is missing.
    """
    if lacking:
        raise HostError(
            f"{product} on {address} cannot be used by {login.role!r}",
            seen=f"missing: {', '.join(lacking)}",
            expected="a user who can create databases and roles, which are dropped at the end",
            hint=hint,
        )


class Names:
    """Names of our own on a server that others use as well: nothing that was there can be meant."""

    def __init__(self) -> None:
        self.prefix = f"fwcompare_{secrets.token_hex(_DRAWN_BYTES)}_"

    def of(self, database: str) -> str:
        """Give the name on the server; the same for the same ``database``.

        :raises ScenarioError: when it is too long.
        """
        name = self.prefix + database
        if len(name.encode()) <= _NAME_BYTES:
            return name
        raise ScenarioError(
            f"database {database!r} cannot be made on a server at a URL",
            seen=f"{name!r} has {len(name.encode())} bytes",
            expected=f"at most {_NAME_BYTES}",
            hint="give the target a shorter name",
        )


def _wrong(url: str, seen: str, example: str) -> ScenarioError:
    return ScenarioError(
        f"service URL {redacted(url)!r} cannot be used",
        seen=seen,
        expected=example,
        hint="write special characters of a password as %40 and the like",
    )
