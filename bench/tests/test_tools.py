"""Outputs in ``samples`` were captured from the tools as they are: nginx, 10 KiB, 10 connections for a second."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from loadgen_bench.errors import BenchError
from loadgen_bench.tools import OURS, TOOLS
from loadgen_bench.tools.ab import Ab
from loadgen_bench.tools.h2load import H2load
from loadgen_bench.tools.oha import Oha
from loadgen_bench.tools.tool import Load, Tool
from loadgen_bench.tools.wrk import Wrk

SAMPLES = Path(__file__).parent / "samples"
LOAD = Load(url="http://127.0.0.1:80/body", connections=10, seconds=1)


def _text(name: str) -> str:
    return (SAMPLES / name).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("tool", "sample"),
    [(OURS, "ours.json"), (Wrk(), "wrk.txt"), (Oha(), "oha.json"), (Ab(), "ab.txt"), (H2load(), "h2load.txt")],
    ids=lambda value: getattr(value, "name", None),
)
def test_what_a_tool_says_is_read(tool: Tool, sample: str) -> None:
    said = tool.read(_text(sample), LOAD, SAMPLES)

    # A captured second holds tens of thousands of requests, each of a fraction of a millisecond.
    assert 10_000 < said.requests < 1_000_000
    assert 0.9 < said.seconds < 1.2
    assert 0.0 <= said.mean_ms < 5
    if tool.name != "h2load":  # prints none
        assert 0 < said.quantiles_ms[0.5] <= said.quantiles_ms[0.9] <= said.quantiles_ms[0.99] < 50


def test_wrk_s_figures_are_those_of_its_text() -> None:
    text = (
        "    Latency   104.85us   91.61us   2.51ms   94.42%\n"
        "     50%   90.00us\n     90%    1.50ms\n     99%    2.00s\n"
        "  108124 requests in 1.10s, 1.06GB read\n"
    )
    said = Wrk().read(text, LOAD, SAMPLES)

    assert said.requests == 108124
    assert said.seconds == pytest.approx(1.1)
    assert said.mean_ms == pytest.approx(0.10485)
    assert said.quantiles_ms == {0.5: pytest.approx(0.09), 0.9: pytest.approx(1.5), 0.99: pytest.approx(2000.0)}


def test_h2load_s_percentiles_are_those_of_its_log() -> None:
    load = Load(url=LOAD.url, connections=1, requests=20, rate=200.0)
    said = H2load().read(_text("h2load-rps.txt"), load, SAMPLES)

    times_ms = sorted(int(line.split("\t")[2]) / 1000 for line in _text("h2load.log").splitlines())
    assert said.requests == len(times_ms) == 20
    assert said.quantiles_ms == {0.5: times_ms[9], 0.9: times_ms[17], 0.99: times_ms[19]}


@pytest.mark.parametrize(
    ("tool", "sample"),
    [
        (OURS, "ours-404.json"),
        (Wrk(), "wrk-404.txt"),
        (Oha(), "oha-404.json"),
        (Ab(), "ab-404.txt"),
        (H2load(), "h2load-404.txt"),
    ],
    ids=lambda value: getattr(value, "name", None),
)
def test_answers_of_another_status_fail_the_load(tool: Tool, sample: str) -> None:
    with pytest.raises(BenchError, match=f"{tool.name}: the load cannot be counted"):
        tool.read(_text(sample), LOAD, SAMPLES)


@pytest.mark.parametrize("tool", [Wrk(), Oha(), Ab(), H2load()], ids=lambda tool: tool.name)
def test_output_that_is_not_understood_fails_the_load(tool: Tool) -> None:
    with pytest.raises(BenchError, match="not understood"):
        tool.read("something else", LOAD, SAMPLES)


def test_ab_fails_a_load_that_was_not_kept_alive() -> None:
    text = _text("ab.txt").replace("Keep-Alive requests:    ", "Keep-Alive requests:    1")

    with pytest.raises(BenchError, match="not all requests were kept alive"):
        Ab().read(text, LOAD, SAMPLES)


def test_oha_s_cut_off_requests_are_no_errors_in_a_timed_load_only(tmp_path: Path) -> None:
    document = json.loads(_text("oha.json")) | {"errorDistribution": {"aborted due to deadline": 10}}

    assert Oha().read(json.dumps(document), LOAD, tmp_path).requests > 0
    with pytest.raises(BenchError, match="aborted due to deadline"):
        Oha().read(json.dumps(document), replace(LOAD, seconds=None, requests=1000), tmp_path)


def test_a_tool_refuses_what_it_cannot_do_with_the_reason() -> None:
    rated = replace(LOAD, seconds=None, requests=10, rate=10.0)

    refusals = {tool.name: tool.refusal(rated) for tool in TOOLS}

    assert refusals == {
        "ours": None,
        "wrk": "wrk cannot send at a rate",
        "oha": None,
        "ab": "ab cannot send at a rate",
        "h2load": "h2load's rate is one schedule for each connection",
    }


def test_ab_refuses_keep_alive_with_a_server_that_does_not_announce_it() -> None:
    refusal = Ab().refusal(replace(LOAD, announced=False))

    assert refusal is not None
    assert "connection: keep-alive" in refusal
    assert Ab().refusal(replace(LOAD, announced=False, keepalive=False)) is None


def test_the_same_load_is_asked_of_every_tool(tmp_path: Path) -> None:
    closing = replace(LOAD, keepalive=False)
    commands = {tool.name: " ".join(tool.argv(closing, tmp_path)) for tool in TOOLS}

    assert all(LOAD.url in command and "10" in command for command in commands.values())
    assert '"keepalive": false' in commands["ours"]
    assert "-H Connection: close" in commands["wrk"]
    assert "--disable-keepalive" in commands["oha"]
    assert " -k " not in commands["ab"]
    assert "-H connection: close" in commands["h2load"]


def test_ab_s_percentiles_are_read_from_its_file(tmp_path: Path) -> None:
    shutil.copy(SAMPLES / "ab.csv", tmp_path)
    said = Ab().read(_text("ab.txt"), LOAD, tmp_path)

    assert {str(ms) for ms in said.quantiles_ms.values()} <= {
        str(float(line.split(",")[1])) for line in _text("ab.csv").splitlines()[1:]
    }
