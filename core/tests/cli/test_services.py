"""``--service NAME=HOW``: what it does to a scenario, before anything is started."""

from collections.abc import Mapping

import click
import pytest
from click.testing import CliRunner

from fwcompare.cli.app import cli
from fwcompare.cli.run import _services
from fwcompare.cli.services import chosen_services, service_option
from fwcompare.model.scenario import Scenario


def chosen(*arguments: str) -> Mapping[str, str]:
    kept: dict[str, str] = {}

    @click.command()
    @service_option
    def command() -> None:
        kept.update(chosen_services())

    command(list(arguments), standalone_mode=False)
    return kept


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ((), {}),
        (("postgres=docker", "mariadb=local"), {"postgresql": "docker", "mysql": "local"}),
        (("mysql=docker", "mysql=docker-mysql"), {"mysql": "docker-mysql"}),
        (("mysql=mysql://root:a=b@127.0.0.1",), {"mysql": "mysql://root:a=b@127.0.0.1"}),
    ],
)
def test_a_service_is_chosen_by_its_name_or_a_products_and_the_last_counts(
    arguments: tuple[str, ...], expected: Mapping[str, str]
) -> None:
    assert chosen(*(part for value in arguments for part in ("--service", value))) == expected


def test_a_choice_that_is_none_is_refused_without_being_shown() -> None:
    for value in ("mysql://root:secret@127.0.0.1", "mysql=", "=docker"):
        with pytest.raises(click.BadParameter, match="expected NAME=HOW") as caught:
            chosen("--service", value)
        assert "secret" not in str(caught.value)


def test_it_stands_in_the_scenario_as_if_it_were_written_there(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Scenario] = []

    def resolve(scenario: Scenario, _found: object) -> None:
        seen.append(scenario)
        raise click.Abort

    monkeypatch.setattr("fwcompare.cli.plan.resolve", resolve)
    given = ["plan", "users", "--service", "postgres=docker", "--set", "services.mysql=local"]
    CliRunner().invoke(cli, given)
    assert seen[0].services == {"postgresql": "docker", "mysql": "local"}


def test_a_run_that_is_resumed_takes_a_password_again_by_it() -> None:
    kept: dict[str, str] = {}

    @click.command()
    @service_option
    def command() -> None:
        kept.update(_services(["services.mysql=mysql://root:b@h"]))

    command(["--service", "postgresql=postgresql://u:a@h"], standalone_mode=False)
    assert kept == {"postgresql": "postgresql://u:a@h", "mysql": "mysql://root:b@h"}
