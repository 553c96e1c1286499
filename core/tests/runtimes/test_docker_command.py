"""What a container is given and denied, as arguments of the client."""

from itertools import pairwise
from pathlib import Path

import pytest

from fwcompare.model.limits import Confinement
from fwcompare.runtimes.docker_command import Command, Wanted, run_command
from fwcompare.runtimes.docker_engine import Engine
from fwcompare.testing.fakes import fake_target

HERE = Engine("28.0", "1.48", cpus=4)
APART = Engine("28.0", "1.48", cpus=4, apart="the engine is rootless, with a network of its own")
TARGET = fake_target(
    "a", start=("{env}/bin/python", "-m", "app"), env={"PYTHONPYCACHEPREFIX": "{env}/pycache", "HOME": "/home/app"}
)
OWN = {"PATH": "/bin", "HOME": "/root"}
SECRET = "postgresql://someone:hidden@127.0.0.1:5432/target_a"  # noqa: S105 - made up


def command(
    engine: Engine = HERE,
    *,
    confinement: Confinement | None = None,
    given: dict[str, str] | None = None,
    run: str = "users-1",
) -> Command:
    wanted = Wanted(
        name="fwcompare-1",
        image="fwcompare/a:1",
        session="12-34",
        log=Path("/results/run/target.log"),
        port=8000,
        confinement=confinement or Confinement(),
        run=run,
        open_files=(1024, 4096),
    )
    return run_command(TARGET, wanted, engine, given or {}, OWN)


def pairs(argv: list[str]) -> set[tuple[str, str]]:
    return set(pairwise(argv))


def test_a_container_is_denied_everything_that_a_server_does_not_need() -> None:
    argv = command().argv
    assert {
        ("--cap-drop", "ALL"),
        ("--security-opt", "no-new-privileges"),
        ("--pids-limit", "4096"),
        ("--pull", "never"),
        ("--tmpfs", "/tmp"),  # noqa: S108 - the container's
        ("--ulimit", "nofile=1024:4096"),
    } <= pairs(argv)
    assert "--read-only" in argv
    assert not {"--privileged", "--pid", "--volume", "--mount", "--device", "--user"}.intersection(argv)
    assert "docker.sock" not in " ".join(argv)


def test_it_says_whose_it_is_and_of_which_run() -> None:
    whose = [("--label", "fwcompare.session=12-34"), ("--label", "fwcompare.log=/results/run/target.log")]
    assert {*whose, ("--label", "fwcompare.run=users-1")} <= pairs(command().argv)
    outside = pairs(command(run="").argv)
    assert set(whose) <= outside
    assert not [label for _, label in outside if label.startswith("fwcompare.run")]


def test_a_start_command_is_the_targets_own_with_the_environment_where_the_image_has_it() -> None:
    argv = command().argv
    assert argv[argv.index("--workdir") :] == [
        *("--workdir", "/app", "--entrypoint", "/env/bin/python", "fwcompare/a:1", "-m", "app")
    ]


def test_variables_are_passed_by_name_so_that_no_secret_stands_in_an_argument() -> None:
    made = command(given={"DATABASE_URL": SECRET, "WORKERS": "2"})
    assert {("--env", name) for name in ("DATABASE_URL", "WORKERS", "HOST", "PORT")} <= pairs(made.argv)
    assert "hidden" not in " ".join(made.argv)
    assert made.variables == {
        **OWN,
        "DATABASE_URL": SECRET,
        "HOST": "127.0.0.1",
        "PORT": "8000",
        "PYTHONPYCACHEPREFIX": "/env/pycache",
        "WORKERS": "2",
    }


def test_a_variable_that_the_client_itself_needs_is_given_to_the_container_alone() -> None:
    made = command()
    assert ("--env", "HOME=/home/app") in pairs(made.argv)
    assert made.variables["HOME"] == "/root"


def test_limits_are_set_by_the_engine_and_swap_is_no_way_out() -> None:
    argv = command(confinement=Confinement(cpus=(1, 3), quota_cpus=0.5, memory_bytes=64 * 2**20)).argv
    assert {
        ("--cpus", "0.5"),
        ("--cpuset-cpus", "1,3"),
        ("--memory", "67108864"),
        ("--memory-swap", "67108864"),
    } <= pairs(argv)


def test_without_limits_none_is_set_and_more_cpus_than_there_are_are_not_asked_for() -> None:
    assert not {"--cpus", "--cpuset-cpus", "--memory"}.intersection(command().argv)
    assert ("--cpus", "4") in pairs(command(confinement=Confinement(quota_cpus=16)).argv)


def test_on_this_machine_it_has_the_hosts_network() -> None:
    assert ("--network", "host") in pairs(command().argv)
    assert "--publish" not in command().argv


@pytest.mark.parametrize(
    ("url", "inside"),
    [
        (SECRET, "postgresql://someone:hidden@host.docker.internal:5432/target_a"),
        ("mysql://localhost/x", "mysql://host.docker.internal/x"),
        ("mysql://me@[::1]:3306/x", "mysql://me@host.docker.internal:3306/x"),
        ("postgresql://db.example/localhost", "postgresql://db.example/localhost"),
    ],
)
def test_an_engine_apart_publishes_on_loopback_and_reaches_this_machine_by_name(url: str, inside: str) -> None:
    made = command(APART, given={"DATABASE_URL": url})
    assert {
        ("--publish", "127.0.0.1:8000:8000"),
        ("--add-host", "host.docker.internal:host-gateway"),
    } <= pairs(made.argv)
    assert "--network" not in made.argv
    assert (made.variables["HOST"], made.variables["DATABASE_URL"]) == ("0.0.0.0", inside)  # noqa: S104 - inside


def test_a_temporary_folder_of_the_session_is_shared_by_the_one_around_it() -> None:
    argv = command(given={"TMPDIR": "/private/files"}).argv
    assert ("--mount", "type=bind,source=/private,target=/private") in pairs(argv)
