"""From what was asked for to the load generator's spec: conversion only, the generator checks it."""

from collections.abc import Sequence
from typing import Any

import fwcompare_loadgen as loadgen
from fwcompare.model.flows import Content, Expect, Flow, Step
from fwcompare.model.load_report import Asked
from fwcompare.model.values import Counter, Drawn, RandomInt, RowTexts


def load_spec(asked: Asked, content: Content, allow_hosts: Sequence[str]) -> loadgen.LoadSpec:
    """Give the spec of a load by hand."""
    return loadgen.LoadSpec(
        url=asked.url,
        values=tuple((name, generated(value)) for name, value in content.values),
        connections=asked.connections,
        duration_s=asked.duration_s,
        requests=asked.requests,
        warmup_s=asked.warmup_s,
        timeout_s=asked.timeout_s,
        keepalive=asked.keepalive,
        threads=asked.threads,
        allow_hosts=tuple(allow_hosts),
        **_requests(asked, content),
        **chosen(asked),
    )


def chosen(asked: Asked) -> dict[str, Any]:
    """Give the settings that were chosen, by the generator's names; the others are left to its defaults."""
    settings = {
        "rate": asked.rate,
        "stages": tuple(loadgen.Stage(duration_s=stage.duration_s, rate=stage.rate) for stage in asked.stages),
        "arrivals": asked.arrivals,
        "seed": asked.seed,
        "backlog": asked.backlog,
        "max_connections": asked.max_connections,
        "shed_after_s": asked.shed_after_s,
        "think_time_s": asked.think_time_s,
        "think_time": asked.think_time,
        "spawn_rate": asked.spawn_rate,
        "unix_socket": asked.unix_socket,
        "source_addresses": asked.source_addresses,
        "tls_ca_file": asked.tls_ca_file,
        "tls_insecure": asked.tls_insecure or None,
        "tls_server_name": asked.tls_server_name,
        "http2": asked.http2 or None,
        "streams": asked.streams,
    }
    return {name: value for name, value in settings.items() if value is not None and value != ()}


def _requests(asked: Asked, content: Content) -> dict[str, Any]:
    if content.flows:
        return {"flows": tuple(map(flow_of, content.flows))}
    return {
        "method": asked.method or "GET",
        "headers": content.headers,
        "body": content.body,
        "expect": _expect(content.expect),
    }


def flow_of(flow: Flow) -> loadgen.Flow:
    """Give a flow as the generator takes it."""
    return loadgen.Flow(steps=tuple(map(_step, flow.steps)), weight=flow.weight)


def _step(step: Step) -> loadgen.Step:
    return loadgen.Step(
        path=step.path,
        method=step.method,
        headers=step.fields,
        body=step.content,
        name=step.name,
        expect=_expect(step.expect),
    )


def _expect(expect: Expect) -> loadgen.Expect:
    return loadgen.Expect(
        statuses=expect.status,
        headers=expect.headers,
        body_contains=expect.body,
        json=expect.json_text,
        json_every=expect.json_every,
    )


def generated(value: Drawn) -> loadgen.Value:
    """Give a value as the generator draws it."""
    if isinstance(value, Counter):
        return loadgen.Counter(start=value.start)
    if isinstance(value, RandomInt):
        return loadgen.RandomInt(low=value.low, high=value.high)
    if isinstance(value, RowTexts):
        return loadgen.Rows(texts=value.texts)
    return loadgen.Uuid()
