"""The conformance suite, and what is fast-django's own."""

import json
import urllib.error
import urllib.request

import pytest

from fwcompare.testing.conformance import *  # noqa: F403
from fwcompare.testing.pytest_plugin import Served


def test_facts_name_the_parts_that_matter(served: Served) -> None:
    with urllib.request.urlopen(f"{served.url}/facts", timeout=20) as answer:
        facts = json.load(answer)
    assert facts["framework"]["name"] == "fast-django"
    assert (facts["driver"]["name"], facts["orm"]["name"]) == ("asyncpg", "tortoise-orm")
    assert facts["event_loop"] == "uvloop"
    assert facts["middlewares"] == ["SignalsMiddleware"]


def test_the_admin_site_is_off(served: Served) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"{served.url}/admin/", timeout=20)
    with refused.value as answer:
        assert answer.code == 404
