"""The check of a host and what is kept of it: with fakes, and once on this host."""

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from fwcompare.errors import InterruptedRunError
from fwcompare.load.native import NativeLoadGenerator
from fwcompare.load.null_server import null_server
from fwcompare.model.host_check import HostCheck, KnownHost
from fwcompare.model.measurement import Noise
from fwcompare.session.ceiling import ceiling_gate, measure_ceiling
from fwcompare.session.host_check import Probe, check_host
from fwcompare.session.known_host import HostFile, host_id, know_host
from fwcompare.session.world import StopSignal
from fwcompare.telemetry.host import describe_host
from fwcompare.testing.fakes import Behaviour, FakeClock, FakeLoadGenerator, FakeMachine, FakeTelemetry

if TYPE_CHECKING:
    from core.tests.session.conftest import Play


@dataclass
class FakeHost:
    """A host of two CPUs of which others use a share, whose null server is as fast as it is told to be next."""

    rates_rps: Callable[[int], float] = lambda load: 50_000.0 + load % 3
    foreign: float = 0.0
    machine: FakeMachine = field(default_factory=lambda: FakeMachine({"null": Behaviour()}))
    served: int = 0
    stop: StopSignal = field(default_factory=StopSignal)

    @contextmanager
    def server(self) -> Iterator[str]:
        self.machine.running["null.test"] = "null"
        self.machine.behaviours["null"].rate_rps = self.rates_rps(self.served)
        self.served += 1
        yield "http://null.test/"
        del self.machine.running["null.test"]

    @property
    def probe(self) -> Probe:
        load, telemetry = FakeLoadGenerator(self.machine), FakeTelemetry(Noise(self.foreign, 0.0, None))
        return Probe(self.machine.clock, load, self.server, lambda: 40.0, telemetry, self.stop.check)


def test_a_check_compares_the_null_server_with_itself_ten_times_and_keeps_the_highest_rate() -> None:
    host = FakeHost()
    found = check_host(host.probe, seed=5)
    assert found.check.fit
    assert (found.check.blocks, found.check.seed, host.served) == (10, 5, 20)
    assert found.ceiling.rps == pytest.approx(50_002)
    assert found.ceiling.undisturbed
    assert found.check.signs.foreign_share == pytest.approx(0, abs=1e-9)
    assert found.check.signs.pressure_share is None
    assert found.check.signs.late_p99_ms == pytest.approx(0, abs=1e-6)


def test_what_others_use_is_seen_beside_what_the_check_itself_uses() -> None:
    check = check_host(FakeHost(foreign=0.25).probe, seed=5).check
    assert check.signs.foreign_share == pytest.approx(0.25)
    assert check.unfit == ("CPU of others 25.0% of all CPUs, expected at most 2%",)


def test_names_are_in_an_order_from_the_seed_so_that_what_favours_the_first_favours_neither() -> None:
    # The first load of each block is 10 % faster.
    checks = [
        check_host(FakeHost(lambda load: 50_000.0 * (1.1 if load % 2 == 0 else 1)).probe, seed) for seed in (1, 2)
    ]
    assert not any("than itself" in reason for found in checks for reason in found.check.unfit)
    assert checks[0].check != checks[1].check
    again = check_host(FakeHost(lambda load: 50_000.0 * (1.1 if load % 2 == 0 else 1)).probe, 1)
    assert again.check == checks[0].check


def test_a_host_that_gets_slower_in_the_midst_is_seen_by_the_canary() -> None:
    host = FakeHost()
    probe = replace(host.probe, spin=lambda: 40.0 if host.served < 18 else 44.0)
    assert check_host(probe, seed=5).check.unfit == ("canary 10.0% off its median, expected at most 5%",)


def test_a_check_that_the_user_stops_ends_between_two_blocks_and_keeps_nothing(tmp_path: Path) -> None:
    host, file = FakeHost(), HostFile(tmp_path / "x.json", "1.0")

    def rate(load: int) -> float:
        if load == 3:
            host.stop.request()
        return 50_000.0

    host.rates_rps = rate
    with pytest.raises(InterruptedRunError):
        know(host, file, check=True)
    assert host.served == 4
    assert not file.path.exists()


def know(host: FakeHost, file: HostFile, *, check: bool = False) -> tuple[KnownHost, list[str], list[str]]:
    said: list[str] = []
    warned: list[str] = []
    return know_host(file, host.probe, check=check, say=said.append, warn=warned.append), said, warned


def test_the_ceiling_is_measured_once_for_a_host_and_a_load_generator(tmp_path: Path) -> None:
    host, file = FakeHost(), HostFile(tmp_path / "host" / "x.json", "1.0")
    first, said, _ = know(host, file)
    assert first.ceiling_rps == pytest.approx(50_002)
    assert first.ceiling_measured == "2026-11-20T10:00:00+00:00"
    assert said == ["measuring what the load generator reaches on this host, about 3 s"]
    second, said, _ = know(host, file)
    assert (second, said, host.served) == (first, [], 5)
    know(host, replace(file, loadgen="1.1"))
    assert host.served == 10


def test_a_ceiling_that_others_pressed_down_is_measured_again_until_nobody_does(tmp_path: Path) -> None:
    file = HostFile(tmp_path / "x.json", "1.0")
    busy = know(FakeHost(lambda _: 20_000.0, foreign=0.5), file)[0]
    assert not busy.undisturbed
    assert busy.ceiling_rps == pytest.approx(20_000)
    assert "while others used the CPUs" in str(busy.record())
    busier = know(FakeHost(lambda _: 10_000.0, foreign=0.9), file)[0]
    assert not busier.undisturbed
    assert busier.ceiling_rps == pytest.approx(20_000)
    quiet = FakeHost()
    assert know(quiet, file)[0].undisturbed
    assert know(quiet, file)[0].ceiling_rps == pytest.approx(50_002)
    assert quiet.served == 5


def test_a_check_is_told_kept_for_a_day_and_told_again_with_its_age(tmp_path: Path) -> None:
    host, file = FakeHost(), HostFile(tmp_path / "x.json", "1.0")
    _, said, warned = know(host, file, check=True)
    assert said[1] == "host check: this host is fit to compare on"
    assert warned == []

    class Later(FakeClock):
        today = "2026-11-20T13:30:00+00:00"

        def now(self) -> str:
            return self.today

    host.machine.clock = Later()
    known, said, _ = know(host, file)
    assert known.check is not None
    assert said[0] == "host check: this host is fit to compare on (checked 3 h ago)"
    Later.today = "2026-11-21T10:00:00+00:00"
    known, said, _ = know(host, file)
    assert (known.check, said) == (None, [])
    assert known.ceiling_rps == pytest.approx(50_002)


def test_a_check_never_lowers_the_ceiling_and_may_raise_it(tmp_path: Path) -> None:
    file = HostFile(tmp_path / "x.json", "1.0")
    know(FakeHost(lambda _: 60_000.0), file)
    assert know(FakeHost(lambda _: 50_000.0), file, check=True)[0].ceiling_rps == pytest.approx(60_000)
    assert know(FakeHost(lambda _: 70_000.0), file, check=True)[0].ceiling_rps == pytest.approx(70_000)


def test_an_unfit_host_is_warned_of(tmp_path: Path) -> None:
    _, _, warned = know(FakeHost(foreign=0.5), HostFile(tmp_path / "x.json", "1.0"), check=True)
    assert warned == ["host check: this host is unfit: CPU of others 50.0% of all CPUs, expected at most 2%"]


@pytest.mark.parametrize("content", ["", "{", "[]", '{"check": 5}', '{"check": null, "unheard": 1}'])
def test_a_torn_or_foreign_cache_file_is_as_good_as_none(tmp_path: Path, content: str) -> None:
    file = HostFile(tmp_path / "x.json", "1.0")
    file.path.write_text(content)
    assert file.read("2026-11-20T10:00:00+00:00").ceiling_rps is None
    assert know(FakeHost(), file)[0].ceiling_rps == pytest.approx(50_002)


def test_a_cache_that_cannot_be_written_is_told_and_costs_no_figure(tmp_path: Path) -> None:
    (tmp_path / "host").write_text("a file where a folder should be")
    known, _, warned = know(FakeHost(), HostFile(tmp_path / "host" / "x.json", "1.0"))
    assert known.ceiling_rps == pytest.approx(50_002)
    assert warned[0].startswith("what was found out about this host cannot be kept: ")


def test_a_host_is_another_when_its_kernel_or_name_is_and_not_when_it_is_busier() -> None:
    host = describe_host()
    here = host_id(host, "a")
    assert here == host_id(replace(host, load_average_1m=99.0, cpu_pressure_avg10=50.0), "a")
    assert len({here, host_id(host, "b"), host_id(replace(host, kernel="9.9"), "a")}) == 3


def test_a_cell_near_the_clients_ceiling_is_client_bound_with_the_share_it_used(play: Callable[..., "Play"]) -> None:
    game = play(quick=Behaviour(rate_rps=800), slow=Behaviour(rate_rps=100))
    game.change(ceiling_rps=1000.0)
    cells = {cell.target: cell for cell in game.run().report.summary.cells}
    assert cells["quick"].throughput_is_lower_bound
    assert (
        "client ceiling in block 1: 80 % of the 1,000 req/s that this client reaches on this host"
        in (cells["quick"].reasons["throughput_is_lower_bound"])
    )
    assert not cells["slow"].throughput_is_lower_bound


def test_up_to_seven_tenths_of_the_ceiling_the_client_is_not_the_limit() -> None:
    assert ceiling_gate(700, 1000).passed
    assert not ceiling_gate(701, 1000).passed


def test_the_real_client_reaches_thousands_a_second_against_the_real_null_server() -> None:
    assert measure_ceiling(NativeLoadGenerator(), null_server) > 2000


def rates(scripts: Sequence[str], n: int) -> list[list[float]]:
    """Load the stub with each script in turn, for half a second, ``n`` times."""
    found: list[list[float]] = []
    load = NativeLoadGenerator()
    for _ in range(n):
        found.append([])
        for script in scripts:

            @contextmanager
            def server(script: str = script) -> Iterator[str]:
                with null_server() as url:
                    yield f"{url}?{script}"

            found[-1].append(measure_ceiling(load, server))
    return found


@pytest.mark.truth
def test_a_tenth_more_work_is_found_on_a_fit_host(fit_host: HostCheck) -> None:
    assert fit_host.resolution is not None
    # One clerk serves all connections: 1,000 and 909 requests a second, whatever the client does.
    for fewer, more in rates(["service_us=1000", "service_us=1100"], 3):
        assert math.log(fewer / more) == pytest.approx(math.log(1.1), abs=0.02)
