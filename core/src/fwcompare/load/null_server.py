"""A server that answers at once and does nothing: what the load generator reaches against it is its own limit."""

import importlib.metadata
from collections.abc import Iterator
from contextlib import contextmanager

import fwcompare_loadgen as loadgen
from fwcompare.errors import HostError


@contextmanager
def null_server() -> Iterator[str]:
    """Serve on loopback, in a thread of this process; give the URL.

    :raises HostError: when there is no port to be had.
    """
    try:
        server = loadgen.StubServer()
    except OSError as error:
        raise HostError("null server cannot be started", seen=str(error), expected="a free port on loopback") from error
    with server:
        yield server.url("/")


def generator_version() -> str:
    """Give the version of the installed load generator, which a ceiling holds for."""
    return importlib.metadata.version("fwcompare-loadgen")
