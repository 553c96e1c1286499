"""What the tests of the binding share: a stub server, and loads against it that end soon."""

from collections.abc import Callable, Iterator

import pytest

from fwcompare_loadgen import LoadResult, LoadSpec, StubServer, start


@pytest.fixture
def server() -> Iterator[StubServer]:
    with StubServer() as running:
        yield running


@pytest.fixture
def run(server: StubServer) -> Callable[..., LoadResult]:
    """Make so many requests of a script, without a warm-up unless it is asked for."""

    def run(script: str = "/", **values: object) -> LoadResult:
        limit = {} if "duration_s" in values else {"requests": 20}
        values = {"warmup_s": 0.0, "connections": 2, **limit, **values}
        return start(LoadSpec(url=server.url(script), **values)).wait(60)  # type: ignore[arg-type]

    return run
