"""Who gives a service: the scenario's choice, a URL, or the first that is offered."""

from pathlib import Path

import pytest

from fwcompare.errors import PluginError, ScenarioError
from fwcompare.model.ports import Processes, Service, ServiceProvider
from fwcompare.model.scenario import Scenario
from fwcompare.model.target import Target
from fwcompare.planning.matrix import make_plan
from fwcompare.plugins import Offers, Registry, discover
from fwcompare.session.assemble import Resolved, check_services, providers_for, resolve
from fwcompare.testing.fakes import ECHO, FakeMachine, FakeProvider, fake_target


class AtUrl(FakeProvider):
    """Takes a URL."""

    url = ""

    def at(self, url: str) -> ServiceProvider:
        found = AtUrl(self.machine, name="url")
        found.url = url
        return found


class Plain:
    """Is named as one that takes a URL, and is none."""

    service = "postgresql"
    name = "url"

    def start(self, processes: Processes, folder: Path) -> Service:
        raise NotImplementedError


def chosen(*providers: ServiceProvider, **services: str) -> ServiceProvider:
    registry = discover([])
    offers = Offers[ServiceProvider]("service")
    for provider in providers:
        offers.add(f"{provider.service}:{provider.name}", "fakes", provider)
    found = Registry(**{**vars(registry), "services": offers})
    scenario = Scenario.model_validate(
        {"name": "s", "workload": "echo", "targets": ["a"], "load": {"requests": 1}, "services": services}
    )
    plan = make_plan(scenario, [ECHO], ["a"], fake_target, seed=1)
    return providers_for(Resolved(scenario, (ECHO,), plan), found)["postgresql"]


MACHINE = FakeMachine({})


def test_without_a_choice_the_first_is_taken() -> None:
    first, second = FakeProvider(MACHINE, name="first"), FakeProvider(MACHINE, name="second")
    assert chosen(first, second) is first
    assert chosen(first, second, postgresql="second") is second


def test_an_unknown_provider_is_named_with_those_that_are() -> None:
    with pytest.raises(ScenarioError, match="'postgresql:secnd' does not exist") as caught:
        chosen(FakeProvider(MACHINE, name="second"), postgresql="secnd")
    assert caught.value.expected == "postgresql:second"


def test_a_url_goes_to_the_provider_that_takes_urls() -> None:
    url = "postgresql://admin:secret@127.0.0.1/postgres"
    provider = chosen(FakeProvider(MACHINE, name="first"), AtUrl(MACHINE, name="url"), postgresql=url)
    assert isinstance(provider, AtUrl)
    assert provider.url == url


def test_a_url_that_nobody_takes_is_told_without_its_password() -> None:
    url = "postgresql://admin:secret@127.0.0.1/postgres"
    with pytest.raises(ScenarioError, match="'postgresql:url' does not exist") as nobody:
        chosen(FakeProvider(MACHINE, name="first"), postgresql=url)
    with pytest.raises(PluginError, match="takes no URL") as plain:
        chosen(Plain(), postgresql=url)
    assert "secret" not in f"{nobody.value} {plain.value}"


def with_targets(**profilers: str) -> Registry:
    offers = Offers[Target]("target")
    for name, profiler in profilers.items():
        offers.add(name, "fakes", fake_target(name, profiler=profiler, workloads={"users": "/"}))
    return Registry(**{**vars(discover([])), "targets": offers})


def scenario_of(*targets: str) -> Scenario:
    return Scenario.model_validate(
        {"name": "s", "workload": "users", "targets": list(targets), "load": {"requests": 1, "connections": 1}}
    )


def test_a_profiler_that_nobody_offers_is_refused_when_the_run_is_planned() -> None:
    found = with_targets(seen="perf", blind="none", odd="pref")
    assert len(resolve(scenario_of("seen", "blind"), found).plan.cells) == 2
    with pytest.raises(PluginError, match="target 'odd' names a profiler that does not exist") as caught:
        resolve(scenario_of("seen", "odd"), found)
    assert caught.value.seen.startswith("profiler = 'pref' in ")
    assert caught.value.expected == "perf, perf-fp, py-spy, or none"
    assert caught.value.hint == "did you mean 'perf'?"


@pytest.mark.parametrize(
    ("services", "told"),
    [
        ({"postgresql": "dokcer"}, "next: did you mean 'docker'?"),
        (
            {"mysql": "moon"},
            "'moon' in --service mysql=..., or under `services`\n  expected: docker, docker-mysql, local, or",
        ),
        ({"mysql": "url"}, "next: --service mysql=URL"),
        ({"mongo": "docker"}, "service 'mongo' does not exist\n  expected: mysql, postgresql"),
        ({"mysql": "root:secret@127.0.0.1"}, "something that is no name and no URL in --service mysql=..."),
    ],
)
def test_a_service_is_refused_before_it_is_needed_and_without_being_shown(services: dict[str, str], told: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        check_services(services, discover([]))
    assert told in str(caught.value)
    assert "secret" not in str(caught.value)


def test_every_way_of_a_service_that_is_offered_will_do() -> None:
    found = discover([])
    for name in found.services.usable():
        service, _, how = name.partition(":")
        check_services({service: f"{service}://root@127.0.0.1" if how == "url" else how}, found)
