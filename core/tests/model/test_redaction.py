"""A password of a URL: shown and recorded nowhere."""

import pytest

from fwcompare.model.quantities import redacted
from fwcompare.model.scenario import Scenario


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("postgresql://admin:secret@127.0.0.1:5432/postgres", "postgresql://admin:***@127.0.0.1:5432/postgres"),
        ("mysql://admin:se:cr@et/x@host/d", "mysql://admin:***@host/d"),
        ("mysql://:secret@host", "mysql://:***@host"),
        ("a URL postgresql://u:secret@h in words", "a URL postgresql://u:***@h in words"),
        ("postgresql://admin@host:5432/d", "postgresql://admin@host:5432/d"),
        ("http://127.0.0.1:8000/users", "http://127.0.0.1:8000/users"),
        ("embedded", "embedded"),
    ],
)
def test_the_password_alone_is_hidden(text: str, shown: str) -> None:
    assert redacted(text) == shown


def test_a_scenario_hides_it_when_it_is_shown_or_written_and_keeps_it_for_use() -> None:
    url = "postgresql://admin:secret@127.0.0.1/postgres"
    scenario = Scenario.model_validate(
        {"name": "s", "workload": "echo", "load": {"requests": 5}, "services": {"postgresql": url, "mysql": "local"}}
    )
    assert scenario.services["postgresql"] == url
    shown = {"postgresql": "postgresql://admin:***@127.0.0.1/postgres", "mysql": "local"}
    assert scenario.model_dump(mode="json")["services"] == shown
    for text in (repr(scenario), str(scenario), scenario.model_dump_json(), str(scenario.model_dump())):
        assert "secret" not in text
