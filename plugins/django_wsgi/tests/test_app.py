"""The conformance suite, and what is Django's own on WSGI."""

import json
import urllib.error
import urllib.request

import pytest

from fwcompare.testing.conformance import *  # noqa: F403
from fwcompare.testing.pytest_plugin import Served


def test_facts_name_the_parts_that_matter(served: Served) -> None:
    with urllib.request.urlopen(f"{served.url}/facts", timeout=20) as answer:
        facts = json.load(answer)
    assert facts["framework"]["name"] == "django"
    assert facts["driver"]["name"] == "psycopg"
    assert (facts["server"]["name"], facts["event_loop"], facts["middlewares"]) == ("gunicorn", "none", [])


def test_a_wrong_method_is_405(served: Served) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"{served.url}/users", data=b"{}", timeout=20)
    with refused.value as answer:
        assert answer.code == 405
