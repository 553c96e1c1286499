"""Single requests over the standard library, against the stub server."""

import pytest

import fwcompare_loadgen as loadgen
from fwcompare.model.workload import Request
from fwcompare.session.http import PlainHttp


@pytest.mark.parametrize(("path", "status"), [("/?status=404", 404), ("/", 200), ("", 200)])
def test_a_path_is_asked_with_its_query(path: str, status: int) -> None:
    with loadgen.StubServer() as server:
        assert PlainHttp().ask(server.url("/").rstrip("/") + path, Request(), 5.0).status == status
