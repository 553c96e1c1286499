"""docker/compose.yaml: the same images, settings and data folders as ``--service NAME=docker``, on loopback alone."""

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from fwcompare.model.containers import Place, ServerWanted
from fwcompare.services.login import Login
from fwcompare.services.mysql_docker import MARIADB, MYSQL
from fwcompare.services.mysql_docker import PORT as MYSQL_PORT
from fwcompare.services.mysql_docker import container_options as mysql_options
from fwcompare.services.mysql_docker import server_wanted as mysql_wanted
from fwcompare.services.postgresql_docker import PORT as POSTGRESQL_PORT
from fwcompare.services.postgresql_docker import container_settings
from fwcompare.services.postgresql_docker import server_wanted as postgresql_wanted

FILE = Path(__file__).parents[3] / "docker" / "compose.yaml"
PLACE = Place("0.0.0.0", 1, 2)  # noqa: S104 - only written
SETTINGS = [part for name, value in container_settings().items() for part in ("-c", f"{name}={value}")]

EXPECTED: dict[str, tuple[ServerWanted, list[str], int]] = {
    "postgresql": (postgresql_wanted(PLACE, Login("fwcompare", "?")), ["postgres", *SETTINGS], POSTGRESQL_PORT),
    "mariadb": (mysql_wanted(MARIADB, PLACE, "?"), ["mariadbd", *mysql_options(MARIADB)], MYSQL_PORT),
    "mysql": (mysql_wanted(MYSQL, PLACE, "?"), ["mysqld", *mysql_options(MYSQL)], MYSQL_PORT),
}


@pytest.fixture(scope="module")
def composed() -> dict[str, Any]:
    services: dict[str, Any] = YAML(typ="safe").load(FILE.read_text())["services"]
    return services


def test_it_has_every_database_that_a_run_may_have_in_a_container(composed: dict[str, Any]) -> None:
    assert composed.keys() == EXPECTED.keys()


@pytest.mark.parametrize("name", EXPECTED)
def test_image_settings_and_variables_are_those_of_a_run(composed: dict[str, Any], name: str) -> None:
    wanted, command, port = EXPECTED[name]
    service = composed[name]
    assert service["image"] == wanted.image
    assert service["command"] == command
    assert service["environment"].keys() == wanted.variables.keys()
    for variable, value in wanted.variables.items():
        if variable.endswith("PASSWORD"):
            assert service["environment"][variable].startswith("${FWCOMPARE_PASSWORD:?")
        else:
            assert service["environment"][variable] == value
    assert [volume.partition(":")[2] for volume in service["volumes"]] == [wanted.volume]
    assert [mapping.rpartition(":")[2] for mapping in service["ports"]] == [str(port)]


@pytest.mark.parametrize("name", EXPECTED)
def test_it_listens_on_loopback_alone_and_says_whether_it_is_well(composed: dict[str, Any], name: str) -> None:
    for mapping in composed[name]["ports"]:
        assert re.match(r"127\.0\.0\.1:\$\{[A-Z]+_PORT:-\d+\}:", mapping)
    assert composed[name]["healthcheck"]["test"][0] in {"CMD", "CMD-SHELL"}
    assert "127.0.0.1" in " ".join(composed[name]["healthcheck"]["test"])


def test_docker_compose_accepts_it(compose: list[str]) -> None:
    given = {**os.environ, "FWCOMPARE_PASSWORD": "of a test"}
    ended = subprocess.run(
        [*compose, "-f", FILE, "config", "--quiet"], env=given, capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.returncode == 0, ended.stderr
    without = {name: value for name, value in given.items() if name != "FWCOMPARE_PASSWORD"}
    ended = subprocess.run(
        [*compose, "-f", FILE, "config", "--quiet"],
        env=without,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode != 0
    assert "FWCOMPARE_PASSWORD" in ended.stderr
