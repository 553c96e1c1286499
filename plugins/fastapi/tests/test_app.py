"""The conformance suite for every target, and what is FastAPI's own."""

import json
import urllib.request

from fwcompare.testing.conformance import *  # noqa: F403
from fwcompare.testing.pytest_plugin import Served

PARTS = {
    "fastapi": ("psycopg", "sqlalchemy"),
    "fastapi-asyncpg": ("asyncpg", None),
    "fastapi-tortoise": ("asyncpg", "tortoise-orm"),
}


def test_facts_name_the_parts_that_matter(served: Served) -> None:
    with urllib.request.urlopen(f"{served.url}/facts", timeout=20) as answer:
        facts = json.load(answer)
    assert facts["framework"]["name"] == "fastapi"
    assert (facts["driver"]["name"], facts["orm"] and facts["orm"]["name"]) == PARTS[served.target.name]
    assert (facts["event_loop"], facts["middlewares"]) == ("uvloop", [])
