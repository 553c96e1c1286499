"""What is read back of a trial's files: what was written, and nothing at all of what is not whole."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import fwcompare_loadgen as loadgen
from fwcompare.model.limits import Held
from fwcompare.model.measurement import Counts, Flamegraph, Measurement, Quantiles, Trial, Usage
from fwcompare.model.plan import Cell, LoadPoint, PlannedTrial
from fwcompare.session.recordings import FileRecordings
from fwcompare.store.run_directory import RunDirectory
from fwcompare.testing.fakes import Behaviour

if TYPE_CHECKING:
    from core.tests.session.conftest import Play

POINT = LoadPoint(
    connections=10, duration_s=5, requests=None, warmup_s=0, timeout_s=30, drain_s=5, keepalive=True, model="closed"
)
NONE = Quantiles(count=0, mean=None, p50=None, p90=None, p99=None, max=None)
ROW = {
    "start_s": 0.25,
    "width_s": 0.25,
    "due": 30,
    "sent": 30,
    "ok": 25,
    "errors": 3,
    "timeouts": 2,
    "backlog": 4,
    "service_count": 30,
    "service_p50_ms": 1.5,
    "service_p99_ms": 9.0,
    "service_max_ms": 9.5,
}
FOLDED = "main (app/main.py);read (app/db.py) 30\nmain (app/main.py) 10\n"


def measured(*, ok: int = 1000, timeouts: int = 0, censored: int = 0) -> Measurement:
    return Measurement(
        window_s=5.0,
        counts=Counts(ok + timeouts + censored, ok, 0, 0, timeouts, censored, due=ok + timeouts + censored),
        throughput_rps=200.0,
        service_ms=NONE,
        ttfb_ms=NONE,
        connect_ms=NONE,
        bytes_received=1,
        connections_established=10,
        connections_opened=10,
        client_cpu_s=1.0,
        client_share=0.2,
        client_peak_rss_mib=50.0,
        target=Usage(cpu_s=4.0, user_s=3.0, system_s=1.0, peak_rss_mib=50.0, processes=1),
        services={},
        cpu_ms_per_request=4.0,
    )


class Files:
    """A run's folder with one trial, whose files a test writes."""

    def __init__(self, folder: Path) -> None:
        self.store = RunDirectory(folder)
        self.recordings = FileRecordings(self.store, {"targets": {"api": {"title": "An API", "language": "python"}}})

    def trial(self, block: int = 1, *, measurement: Measurement | None = None, **files: bytes) -> Trial:
        cell = Cell("api", "users", (), (), POINT)
        folder = self.store.trial_folder(cell, block)
        for name, content in files.items():
            (folder / name.replace("__", ".")).write_bytes(content)
        return Trial(PlannedTrial(cell, block, block), "ok", "2026-11-20T10:00:00Z", 9.0, measurement or measured())

    def profiled(self, content: str) -> Trial:
        trial = self.trial(profile__folded=content.encode())
        graph = Flamegraph(
            svg="trials/api-c10/1/flamegraph.svg",
            folded="trials/api-c10/1/profile.folded",
            profiler="py-spy",
            samples=40,
            busy_threads=0.5,
            rate_hz=20,
            window_s=4.0,
            profiler_cpu_s=0.1,
        )
        return replace(trial, flamegraph=graph, limits=Held("", cpus=(1, 2), quota_cpus=1.5, by="cgroup v2"))


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path)


def hdr(*samples_ms: float) -> bytes:
    return loadgen.Histogram.from_samples_ms(samples_ms).to_v2_bytes()


def test_a_curve_is_of_the_samples_of_all_trials_as_far_as_ten_lie_beyond(files: Files) -> None:
    trials = [
        files.trial(1, service__hdr=hdr(*(float(ms) for ms in range(1, 501)))),
        files.trial(2, service__hdr=hdr(*(float(ms) for ms in range(501, 1001)))),
    ]
    curve = files.recordings.curve(trials, "service")
    assert curve is not None
    assert curve.count == 1000
    assert [point.quantile for point in curve.points[:3]] == [0, 0.1, 0.2]
    assert curve.points[-1].quantile == 0.99
    assert {point.quantile: point.ms for point in curve.points}[0.9] == pytest.approx(900, rel=1e-3)


def test_a_curve_ends_where_requests_were_given_up(files: Files) -> None:
    samples = hdr(*[1.0] * 950, *[500.0] * 50)
    trial = files.trial(
        measurement=measured(ok=950, timeouts=30, censored=20), service__hdr=samples, response__hdr=samples
    )
    response, service = files.recordings.curve([trial], "response"), files.recordings.curve([trial], "service")
    assert response is not None
    assert service is not None
    assert (response.points[-1].quantile, service.points[-1].quantile) == (0.95, 0.97)


def test_a_histogram_that_is_torn_or_missing_adds_nothing(files: Files) -> None:
    whole = hdr(*[1.0] * 100)
    torn = files.trial(1, service__hdr=whole[:-5])
    other = files.trial(2, service__hdr=b"no histogram")
    gone = files.trial(3)
    good = files.trial(4, service__hdr=whole)
    assert files.recordings.curve([torn, other, gone], "service") is None
    assert files.recordings.curve([torn, other, gone, good], "service") == files.recordings.curve([good], "service")
    assert files.recordings.curve([good], "response") is None


def test_a_trial_that_measured_nothing_is_in_no_curve(files: Files) -> None:
    trial = replace(files.trial(service__hdr=hdr(*[1.0] * 100)), measurement=None)
    assert files.recordings.curve([trial], "service") is None


def test_a_timeline_row_is_in_rates_and_an_older_file_knows_no_response_times(files: Files) -> None:
    (row,) = files.recordings.timeline(files.trial(timeline__json=json.dumps([ROW]).encode()))
    assert (row.at_s, row.width_s, row.ok_rps, row.errors_rps, row.backlog) == (0.25, 0.25, 100.0, 20.0, 4)
    assert (row.service_p50_ms, row.service_p99_ms, row.response_p50_ms) == (1.5, 9.0, None)
    newer = json.dumps([{**ROW, "response_p50_ms": 2.5, "response_p99_ms": None, "service_p50_ms": None}])
    (row,) = files.recordings.timeline(files.trial(timeline__json=newer.encode()))
    assert (row.service_p50_ms, row.response_p50_ms, row.response_p99_ms) == (None, 2.5, None)


@pytest.mark.parametrize(
    "content",
    [
        json.dumps([ROW, ROW])[:-9],
        json.dumps([ROW, {"start_s": 1}]),
        json.dumps([{**ROW, "width_s": 0}]),
        json.dumps([{**ROW, "service_p50_ms": float("nan")}]),
        json.dumps({"rows": [ROW]}),
        "",
    ],
)
def test_a_timeline_with_one_bad_row_is_none_at_all(files: Files, content: str) -> None:
    assert files.recordings.timeline(files.trial(timeline__json=content.encode())) == ()


def test_telemetry_is_what_was_written_or_nothing(files: Files) -> None:
    assert files.recordings.telemetry(files.trial(telemetry__json=b'{"groups": {}}')) == {"groups": {}}
    for content in (b'{"groups": {', b"[1]", b"\xff\xfe"):
        assert files.recordings.telemetry(files.trial(telemetry__json=content)) is None


def test_nothing_was_recorded_of_a_trial_without_files(files: Files) -> None:
    trial = files.profiled(FOLDED)
    for path in (files.store.folder / "trials").rglob("profile.folded"):
        path.unlink()
    seen = files.recordings
    assert (seen.timeline(trial), seen.telemetry(trial), seen.functions(trial), seen.flamegraph(trial)) == (
        (),
        None,
        None,
        None,
    )


def test_frames_that_an_older_fwcompare_wrote_have_the_names_of_today(files: Files) -> None:
    trial = files.profiled("JS:*emit node:events:471:44 3\nJS:^emit node:events:471:44;read 2\nemit (node:events) 1\n")
    assert files.recordings.stacks(trial) == {("emit (node:events)",): 4, ("emit (node:events)", "read"): 2}


def test_functions_are_of_the_trials_own_cpu_time(files: Files) -> None:
    table = files.recordings.functions(files.profiled(FOLDED))
    assert table is not None
    assert [(time.name, time.self_ms, time.total_ms) for time in table.functions] == [
        ("read (app/db.py)", 3.0, 3.0),
        ("main (app/main.py)", 1.0, 4.0),
    ]
    trial = table.trial
    assert (trial.title, trial.language, trial.cores, trial.cpus) == ("An API", "python", 0.8, 1.5)


@pytest.mark.parametrize("content", ["main;read\n", "", "main 1\nmain;re"])
def test_stacks_that_cannot_be_read_have_no_functions(files: Files, content: str) -> None:
    assert files.recordings.functions(files.profiled(content)) is None


def test_a_record_that_leads_out_of_the_run_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret.svg").write_text("<svg/>")
    files = Files(tmp_path / "run")
    trial = files.profiled(FOLDED)
    assert trial.flamegraph is not None
    for place in ("../secret.svg", str(tmp_path / "secret.svg"), "nul\0"):
        assert files.recordings.flamegraph(replace(trial, flamegraph=replace(trial.flamegraph, svg=place))) is None
    (tmp_path / "run" / "trials/api-c10/1/flamegraph.svg").write_text("<svg/>")
    assert files.recordings.flamegraph(trial) == "<svg/>"


def test_a_report_knows_the_recordings_of_its_run(play: Callable[..., "Play"]) -> None:
    report = play(only=Behaviour(rate_rps=200)).run().report
    assert report.recordings is not None
    table = report.recordings.functions(report.trials[0])
    assert table is not None
    assert (table.trial.run, table.trial.target, table.trial.language) == (report.run, "only", "python")
    assert [time.name for time in table.functions] == ["handler", "main"]
    assert report.recordings.telemetry(report.trials[0]) is not None
