"""The conformance suite, and what is this target's own."""

import json
import urllib.request

from fwcompare.testing.conformance import *  # noqa: F403
from fwcompare.testing.pytest_plugin import Served


def test_facts_name_the_parts_that_matter(served: Served) -> None:
    with urllib.request.urlopen(f"{served.url}/facts", timeout=20) as answer:
        facts = json.load(answer)
    assert facts["framework"]["name"] == "vertx-web"
    assert facts["driver"]["name"] == "vertx-pg-client"
    assert facts["orm"] is None
    assert facts["event_loop"] == "netty, nio"
