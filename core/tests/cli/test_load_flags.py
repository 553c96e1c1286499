"""Which flags of `fwcompare load` go together, without a load; and one load with most of them."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import pytest

import fwcompare_loadgen as loadgen
from fwcompare.cli import load as module
from fwcompare.cli.load import load
from fwcompare.errors import ScenarioError
from fwcompare.model.flows import Content
from fwcompare.model.load_report import Asked, LoadReport

if TYPE_CHECKING:
    from core.tests.cli.conftest import Program

URL = "http://127.0.0.1:9/"
_FLOWS = "values: {n: counter}\nflows:\n  - steps: [{path: '/{n}', name: one}]\n"


class _Begun(Exception):  # noqa: N818 - no error: the load that would begin
    """What the command would have started."""

    def __init__(self, asked: Asked, content: Content) -> None:
        super().__init__()
        self.asked = asked
        self.content = content


@pytest.fixture(autouse=True)
def _no_load(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def begin(asked: Asked, content: Content, **_: object) -> None:
        raise _Begun(asked, content)

    monkeypatch.setattr(module, "start", begin)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "flows.yaml").write_text(_FLOWS, encoding="utf-8")
    (tmp_path / "users.csv").write_text("\ufeffid,name\n1,Ada\n2,Bob\n", encoding="utf-8")
    (tmp_path / "latin.csv").write_bytes(b"id\n\xe9\n")
    (tmp_path / "empty.jsonl").write_text("", encoding="utf-8")
    (tmp_path / "body.bin").write_bytes(b"\x00\xff")


def begun(*arguments: str, url: str = URL) -> _Begun:
    with pytest.raises(_Begun) as caught:
        load.main([url, *arguments], standalone_mode=False)
    return caught.value


def refusal(*arguments: str, url: str = URL) -> str:
    with pytest.raises((click.UsageError, ScenarioError)) as caught:
        load.main([url, *arguments], standalone_mode=False)
    error = caught.value
    return error.format_message() if isinstance(error, click.UsageError) else str(error)


def test_a_load_without_flags_is_as_plain_as_can_be() -> None:
    seen = begun()
    assert (seen.asked.method, seen.asked.flows, seen.asked.stages, seen.asked.streams) == ("GET", (), (), None)
    assert (seen.asked.duration_s, seen.asked.seed, seen.content) == (10.0, None, Content())


def test_expectations_are_read() -> None:
    flags = ("--expect-status", "200, 201", "--expect-header", "A: b", "--expect-body", "@body.bin")
    expect = begun(*flags, "--expect-json", '{"a": 1}', "--expect-json-every", "5").content.expect
    assert (expect.status, expect.headers, expect.body) == ((200, 201), (("A", "b"),), b"\x00\xff")
    assert (expect.json_text, expect.json_every) == ('{"a": 1}', 5)


def test_values_are_read_and_recorded_as_they_were_written() -> None:
    flags = ("--value", "n=counter:7", "--value", "who=rows:users.csv:name", "-d", "{who}", "-H", "x: {n}")
    seen = begun(*flags)
    assert seen.asked.values == {"n": "counter:7", "who": "rows:users.csv:name"}
    assert [getattr(value, "texts", None) for _, value in seen.content.values] == [None, ("Ada", "Bob")]


def test_a_byte_order_mark_is_no_part_of_a_column() -> None:
    assert begun("--value", "n=rows:users.csv:id", "-d", "{n}").asked.values == {"n": "rows:users.csv:id"}


def test_flows_are_recorded_by_name_and_weight_and_their_files_lie_beside_them(tmp_path: Path) -> None:
    folder = tmp_path / "deep"
    folder.mkdir()
    (folder / "rows.jsonl").write_text('{"a": 1}\n', encoding="utf-8")
    text = (
        "values: {n: 'rows:rows.jsonl'}\nflows:\n  - steps: [{path: '/{n}', name: one}, {path: /x}]\n"
        "  - {weight: 2, steps: [{path: '/{m}'}]}\n"
    )
    (folder / "f.yaml").write_text(text, encoding="utf-8")
    seen = begun("--flows", "deep/f.yaml", "--value", "m=uuid", "--seed", "4")
    assert seen.asked.method is None
    assert [(flow.weight, flow.steps) for flow in seen.asked.flows] == [(1, ("one", "GET /x")), (2, ("GET /{m}",))]
    assert (seen.asked.values, seen.asked.seed) == ({"n": "rows:rows.jsonl", "m": "uuid"}, 4)


def test_stages_think_times_and_spawn_rates_are_read() -> None:
    asked = begun("-q", "10", "--stage", "2s:50", "--stage", "0s:5.5").asked
    assert [(stage.duration_s, stage.rate) for stage in asked.stages] == [(2.0, 50.0), (0.0, 5.5)]
    asked = begun("--think-time", "100ms", "--spawn-rate", "3").asked
    assert (asked.think_time_s, asked.think_time, asked.spawn_rate) == (0.1, "constant", 3.0)
    assert begun("--think-time", "1s", "--think-time-spread", "exponential").asked.seed == 0


def test_the_way_to_the_target_is_read() -> None:
    flags = ("--cacert", "ca.pem", "--server-name", "a.test", "--http2", "--streams", "8")
    asked = begun(*flags, "--source-address", "127.0.0.2", "--source-address", "::1", url="https://127.0.0.1/").asked
    assert (asked.tls_ca_file, asked.tls_server_name, asked.tls_insecure) == ("ca.pem", "a.test", False)
    assert (asked.http2, asked.streams, asked.source_addresses) == (True, 8, ("127.0.0.2", "::1"))
    asked = begun("--insecure", "--http2", "--unix-socket", "/run/a.sock", url="https://a.test/").asked
    assert (asked.tls_insecure, asked.streams, asked.unix_socket) == (True, 1, "/run/a.sock")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("--flows", "flows.yaml", "-m", "PUT"), "-m would do nothing beside --flows"),
        (("--flows", "flows.yaml", "-d", "x"), "-d would do nothing beside --flows"),
        (("--flows", "flows.yaml", "-H", "a: b"), "-H would do nothing beside --flows"),
        (("--flows", "flows.yaml", "--expect-status", "200"), "--expect-status would do nothing beside --flows"),
        (("--flows", "flows.yaml", "--expect-header", "a: b"), "--expect-header would do nothing beside --flows"),
        (("--flows", "flows.yaml", "--expect-body", "x"), "--expect-body would do nothing beside --flows"),
        (("--flows", "flows.yaml", "--expect-json", "1"), "--expect-json would do nothing beside --flows"),
        (("--flows", "flows.yaml", "--expect-json-every", "2"), "--expect-json-every would do nothing beside --flows"),
        (("--flows", "flows.yaml", "--value", "n=uuid"), "--value n stands in flows.yaml as well"),
        (("--flows", "flows.yaml", "--value", "m=uuid"), "value 'm' would do nothing: no text holds {m}"),
        (("--flows", "flows.yaml", "--seed", "1"), "--seed needs something that is drawn"),
        (("--flows", "nowhere.yaml"), "'nowhere.yaml' cannot be read: No such file or directory; expected a file of"),
        (("--flows", "latin.csv"), "'latin.csv' is not UTF-8"),
        (("--flows", "users.csv"), "flows file users.csv is empty or not a mapping"),
        (("--value", "n=uuid"), "value 'n' would do nothing: no text holds {n}"),
        (("--value", "n=uuid", "--value", "n=counter", "-d", "{n}"), "--value n is given 2 times"),
        (("--value", "n=guid", "-d", "{n}"), "'guid' is no value; expected counter[:START], uuid, random:LOW..HIGH or"),
        (("--value", "n=random:2..1", "-d", "{n}"), "1 is below the low end, 2"),
        (("--value", "n", "-d", "{n}"), "'n' is not understood; expected NAME=counter"),
        (("--value", "n=rows:users.csv", "-d", "{n}"), "several columns, and none was chosen\n  columns: id, name"),
        (("--value", "n=rows:users.csv:x", "-d", "{n}"), "no column 'x'\n  columns: id, name"),
        (("--value", "n=rows:empty.jsonl", "-d", "{n}"), "file of rows empty.jsonl is empty"),
        (("--value", "n=rows:no.csv", "-d", "{n}"), "'no.csv' cannot be read"),
        (("--value", "n=rows:latin.csv", "-d", "{n}"), "'latin.csv' is not UTF-8"),
        (("--expect-status", "2xx"), "'2xx' are no statuses; expected some from 200 to 999, such as 200,201"),
        (("--expect-status", "200,"), "are no statuses"),
        (("--expect-status", "100"), "'100' holds what is no final status"),
        (("--expect-header", "a"), "expected 'Name: value'"),
        (("--expect-body", "@nowhere"), "'nowhere' cannot be read"),
        (("--expect-json", "@body.bin"), "'body.bin' is not UTF-8"),
        (("--expect-json-every", "2"), "--expect-json-every needs --expect-json"),
        (("--stage", "1s:5"), "--stage needs --rate, at which the stages begin"),
        (("-q", "5", "--stage", "5"), "'5' is no stage; expected DURATION:RATE, such as 30s:2000"),
        (("-q", "5", "--stage", "5:5"), "'5:5' is no stage"),
        (("-q", "5", "--stage", "1s:0"), "rate of '1s:0': input should be greater than or equal to 0.001"),
        (("-q", "5", "--stage", "1s:nan"), "rate of '1s:nan': input should be a finite number"),
        (("-q", "5", "--stage", "9s:5", "--stage", "2s:6"), "--stage: the stages take 11 s, 1 s more than the"),
        (("-q", "5", "--stage", "10s:5", "--stage", "0s:6"), "the last stage is a step at the end of the `duration`"),
        (("-q", "5", "-n", "9", "--stage", "9s:5"), "45 requests are due before the last stage is reached"),
        (("-q", "5", "--think-time", "1s"), "--think-time needs no --rate"),
        (("--think-time", "0s"), "--think-time needs a time above zero"),
        (("--think-time-spread", "constant"), "--think-time-spread needs --think-time"),
        (("-q", "5", "--spawn-rate", "1"), "--spawn-rate needs no --rate"),
        (("--cacert", "a.pem"), "--cacert needs a URL of https://"),
        (("--insecure",), "--insecure needs a URL of https://"),
        (("--server-name", "a"), "--server-name needs a URL of https://"),
        (("--streams", "2"), "--streams needs --http2"),
        (("--unix-socket", "/a", "--source-address", "127.0.0.2"), "--source-address needs no --unix-socket"),
        (("--source-address", "localhost"), "'localhost' is no IP address; expected one such as 127.0.0.2"),
    ],
)
def test_flags_that_make_no_sense_are_refused_by_name(arguments: tuple[str, ...], expected: str) -> None:
    assert expected in refusal(*arguments)


def test_certificates_that_nobody_checks_are_refused() -> None:
    said = refusal("--cacert", "a.pem", "--insecure", url="https://127.0.0.1/")
    assert said == "--cacert needs no --insecure, which checks no certificate"


@pytest.mark.parametrize("url", [URL + "users", URL + "?a=1", "http://127.0.0.1:9?a=1"])
def test_a_path_beside_flows_is_refused(url: str) -> None:
    assert "of the URL would do nothing beside --flows: each step has its own path" in refusal(
        "--flows", "flows.yaml", url=url
    )


def test_the_help_has_sections() -> None:
    text = load.get_help(click.Context(load))
    for title in ("Load:", "What is sent:", "Which answers are right:", "Open model:", "Closed model", "Output:"):
        assert f"\n{title}" in text
    assert text.count("--stage DURATION:RATE") == 1


def test_flows_with_values_and_expectations_come_back_with_an_exact_account(program: "Program") -> None:
    (program.folder / "codes.csv").write_text("code,size\n201,3\n404,3\n", encoding="utf-8")
    (program.folder / "flows.yaml").write_text(
        "values:\n"
        "  code: rows:codes.csv:code\n"
        "  n: counter:100\n"
        "flows:\n"
        "  - weight: 2\n"
        "    steps:\n"
        "      - {path: '/?status={code}&size=3', name: create, expect: {status: 201, body: xxx}}\n"
        "      - {path: '/?size=1', headers: {x-n: '{n}'}, expect: {json: {a: 1}, json_every: 2}}\n"
        "  - steps: [{path: '/?delay_ms=1'}]\n",
        encoding="utf-8",
    )
    with loadgen.StubServer() as server:
        flags = ("--flows", "flows.yaml", "-n", "200", "-c", "4", "--seed", "9", "--json")
        done = program("load", server.url("/"), *flags)
    assert (done.returncode in (0, 5), done.stderr) == (True, "")
    found: dict[str, Any] = json.loads(done.stdout)
    report = LoadReport.model_validate(found)
    seen = report.requests
    ends = (seen.ok, seen.http_errors, seen.transport_errors, seen.timeouts, seen.shed, seen.censored)
    assert seen.due == 200 == sum(ends)
    assert [one.name for one in report.endpoints] == ["create", "GET /?size=1", "GET /?delay_ms=1"]
    for one in report.endpoints:
        assert one.sent == one.ok + one.http_errors + one.transport_errors + one.timeouts + one.censored
    assert sum(one.sent for one in report.endpoints) == seen.sent
    assert seen.unexpected == sum(one.unexpected or 0 for one in report.endpoints) == seen.http_errors > 0
    assert report.first_unexpected is not None
    assert found["asked"]["flows"] == [
        {"weight": 2, "steps": ["create", "GET /?size=1"]},
        {"weight": 1, "steps": ["GET /?delay_ms=1"]},
    ]
    assert found["asked"]["values"] == {"code": "rows:codes.csv:code", "n": "counter:100"}
    assert set(report.by_error) <= {"unexpected_status", "unexpected_json"}
