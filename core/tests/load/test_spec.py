"""What the load generator is told of what was asked; the settings that it does not know yet are looked at by name."""

import fwcompare_loadgen as loadgen
from fwcompare.load.spec import chosen, load_spec
from fwcompare.model.flows import Content, Flow
from fwcompare.model.load_report import Asked
from fwcompare.model.values import Counter, RandomInt, RowTexts, Uuid


def asked(**changes: object) -> Asked:
    nothing = dict.fromkeys(Asked.model_fields)
    needed = {
        "url": "http://127.0.0.1:9/",
        "connections": 2,
        "warmup_s": 0.0,
        "timeout_s": 5.0,
        "keepalive": True,
        "threads": 1,
    }
    empty = {"flows": (), "stages": (), "source_addresses": (), "values": {}, "tls_insecure": False, "http2": False}
    return Asked.model_validate({**nothing, **needed, **empty, **changes})


def test_what_was_not_chosen_is_left_to_the_generator() -> None:
    assert chosen(asked()) == {}


def test_every_setting_has_the_generators_name() -> None:
    settings = {
        "unix_socket": "/run/app.sock",
        "source_addresses": ("127.0.0.2",),
        "tls_ca_file": "ca.pem",
        "tls_insecure": True,
        "tls_server_name": "app.test",
        "http2": True,
        "streams": 8,
    }
    assert chosen(asked(**settings)) == settings


def test_a_setting_of_zero_is_a_setting() -> None:
    spec = load_spec(asked(rate=5.0, backlog="shed", shed_after_s=0.0, seed=0, requests=1), Content(), ())
    assert (spec.rate, spec.shed_after_s, spec.seed, spec.arrivals) == (5.0, 0.0, 0, "constant")


def test_stages_and_rests_are_told() -> None:
    spec = load_spec(asked(rate=5.0, stages=[{"duration_s": 2.0, "rate": 9.0}], requests=99), Content(), ())
    assert spec.stages == (loadgen.Stage(duration_s=2.0, rate=9.0),)
    spec = load_spec(asked(think_time_s=0.1, think_time="exponential", spawn_rate=4.0), Content(), ())
    assert (spec.think_time_s, spec.think_time, spec.spawn_rate) == (0.1, "exponential", 4.0)


def test_flows_and_values_are_told_and_nothing_beside_them() -> None:
    step = {"path": "/{n}", "json": [1], "name": "one", "expect": {"status": 201, "body": "a", "json": {"b": 1}}}
    flow = Flow.model_validate({"weight": 2, "steps": [step]})
    values = (
        ("n", Counter(start=3)),
        ("u", Uuid()),
        ("r", RandomInt(low=1, high=2)),
        ("t", RowTexts(("a", "b"), "rows:t.csv")),
    )
    spec = load_spec(asked(), Content(flows=(flow,), values=values), ("a.test",))
    expect = loadgen.Expect(statuses=(201,), body_contains=b"a", json='{"b":1}')
    told = loadgen.Step(
        path="/{n}", headers=(("content-type", "application/json"),), body=b"[1]", name="one", expect=expect
    )
    assert spec.flows == (loadgen.Flow(steps=(told,), weight=2),)
    assert spec.values == (
        ("n", loadgen.Counter(start=3)),
        ("u", loadgen.Uuid()),
        ("r", loadgen.RandomInt(low=1, high=2)),
        ("t", loadgen.Rows(texts=("a", "b"))),
    )
    assert (spec.method, spec.headers, spec.body, spec.allow_hosts) == ("GET", (), b"", ("a.test",))
