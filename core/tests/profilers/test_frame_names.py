"""Symbols as perf finds them, and what a reader is shown: one name for a function in every trial."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fwcompare.profilers.folded import Stack
from fwcompare.profilers.frame_names import readable, readable_stacks
from fwcompare.profilers.perf_script import fold

ENVIRONMENT = "/root/.cache/fwcompare/environments/fastify-553734e330aed739"


@pytest.mark.parametrize(
    ("symbol", "name"),
    [
        (f"JS:*Reply.send {ENVIRONMENT}/node_modules/fastify/lib/reply.js:156:33", "Reply.send (fastify/lib/reply.js)"),
        (f"LazyCompile:~send {ENVIRONMENT}/node_modules/fastify/lib/reply.js:156:33", "send (fastify/lib/reply.js)"),
        (f"JS:^ {ENVIRONMENT}/node_modules/pg-pool/index.js:203:26", "anonymous:203 (pg-pool/index.js)"),
        ("JS:*run /x/node_modules/a/node_modules/@scope/b/c.mjs:1:2", "run (@scope/b/c.mjs)"),
        ("JS:+get parsed /x/node_modules/pg/lib/query.js:9:7", "get parsed (pg/lib/query.js)"),
        ("JS:*emit node:events:471:44", "emit (node:events)"),
        ("JS:* node:internal/validators:176:40", "anonymous:176 (node:internal/validators)"),
        (f"JS:*readUsers file://{ENVIRONMENT}/src/users.js:18:88", "readUsers (./src/users.js)"),
        (f"JS:*main file://{ENVIRONMENT}/main.js:1:1", "main (./main.js)"),
        ("JS:*readUsers file:///app/src/users.js:18:88", "readUsers (./src/users.js)"),
        ("JS:*main /main.js:1:1", "main (./main.js)"),
        ("JS:*anonymous1 :34:27", "anonymous1:34 (<generated>)"),
        ("JS:* :3:1", "anonymous:3 (<generated>)"),
    ],
)
def test_a_function_of_javascript_is_told_by_its_name_and_its_place_in_its_package(symbol: str, name: str) -> None:
    assert readable(symbol) == name


@pytest.mark.parametrize(
    ("symbol", "name"),
    [
        (
            "void io.netty.channel.nio.AbstractNioChannel$AbstractNioUnsafe.handle(io.netty.channel.IoEvent, int)",
            "io.netty.channel.nio.AbstractNioChannel$AbstractNioUnsafe.handle",
        ),
        ("java.lang.Object[] java.util.ArrayList.toArray()", "java.util.ArrayList.toArray"),
        ("void java.io.InputStream.<init>()", "java.io.InputStream.<init>"),
        (
            "void io.vertx.core.impl.future.FutureBase$$Lambda$148/0x00007f471113fb68.run()",
            "io.vertx.core.impl.future.FutureBase$$Lambda.run",
        ),
        ("void fwc.Main$$Lambda/0x00007f471113fb68.run()", "fwc.Main$$Lambda.run"),
        ("void fwc.Main$$Lambda+0x00007f471113fb68.run()", "fwc.Main$$Lambda.run"),
        (
            "java.lang.Object java.lang.invoke.LambdaForm$MH/0x00007f88451a4400.invoke(java.lang.Object)",
            "java.lang.invoke.LambdaForm$MH.invoke",
        ),
    ],
)
def test_a_method_of_java_is_told_by_its_class_without_what_changes_from_start_to_start(symbol: str, name: str) -> None:
    assert readable(symbol) == name


@pytest.mark.parametrize(
    ("symbol", "name"),
    [
        ("encoding/json.appendString[go.shape.string]", "encoding/json.appendString[...]"),
        (
            'github.com/jackc/pgx/v5.AppendRows[go.shape.struct { ID string "json:\\"id\\""; T []x },go.shape.[]uint8]',
            "github.com/jackc/pgx/v5.AppendRows[...]",
        ),
        ("internal/sync.(*HashTrieMap[go.shape.int,go.shape.[]int]).Load", "internal/sync.(*HashTrieMap[...]).Load"),
        ("main.each[go.shape.int].main.all[go.shape.int].func1", "main.each[...].main.all[...].func1"),
        ("runtime.goexit.abi0", "runtime.goexit"),
        ("net/http.(*Server).Serve.gowrap3", "net/http.(*Server).Serve.gowrap3"),
    ],
)
def test_a_function_of_go_keeps_its_path_and_loses_the_types_that_it_is_made_for(symbol: str, name: str) -> None:
    assert readable(symbol) == name


@pytest.mark.parametrize(
    "symbol",
    [
        "read_users (fwc_app/users.py)",
        "X.[Symbol.iterator] (node:events)",
        "<[u8; 4] as serde_core::ser::Serialize>::serialize",
        "tokio::runtime::task::core::Core<T,S>::poll",
        "core[5f3a]::ptr::drop",
        "non-virtual thunk to node::LibuvStreamWrap::DoTryWrite(uv_buf_t**, unsigned long*)",
        "node::LibuvStreamWrap::ReadStart()::{lambda(uv_stream_s*, long, uv_buf_t const*)#2}::_FUN",
        "operator new(unsigned long)",
        "operator new[]",
        "finish_task_switch.isra.0",
        "[unknown]",
        "Interpreter",
        "I2C/C2I adapters",
        "JS:",
    ],
)
def test_any_other_symbol_stays_as_it_is(symbol: str) -> None:
    assert readable(symbol) == symbol


symbols = st.one_of(
    st.text(max_size=60),
    st.builds(
        "{}{}{} {}{}:{}:{}".format,
        st.sampled_from(["JS:", "LazyCompile:", "Eval:"]),
        st.sampled_from(["", "*", "^", "~"]),
        st.text("ab.[] $(/", max_size=8),
        st.sampled_from(["", "/", "file:///", "node:", "/x/node_modules/"]),
        st.text("ab/.@:", max_size=12),
        st.integers(0, 99),
        st.integers(0, 99),
    ),
    st.builds(
        "{} a.b.{}.c({})".format, st.sampled_from(["void", "x[]"]), st.text("AB$/0x.", max_size=9), st.text("a,b")
    ),
    st.builds("a/b.{}[{}]{}".format, st.text("ab.()*", max_size=6), st.text("ab[]., ", max_size=9), st.text("[]).a")),
)


@given(symbols)
def test_a_name_that_was_made_readable_is_left_alone(symbol: str) -> None:
    assert readable(readable(symbol)) == readable(symbol)


def test_two_forms_of_one_function_are_one_and_no_sample_is_lost() -> None:
    stacks: dict[Stack, int] = {
        ("node", "JS:*emit node:events:471:44"): 3,
        ("node", "JS:^emit node:events:471:44"): 2,
        ("node", "read"): 1,
    }
    assert readable_stacks(stacks) == {("node", "emit (node:events)"): 5, ("node", "read"): 1}


def test_what_perf_writes_is_read_so() -> None:
    script = (
        "node \n\t 1f JS:*emit node:events:471:44\n\t 2f node::Start\n\n"
        'fwc \n\t 3f main.all[go.shape.struct { A int; B string "x" }]\n\n'
    )
    assert fold(script.splitlines(keepends=True)) == {
        ("node", "node::Start", "emit (node:events)"): 1,
        ("fwc", "main.all[...]"): 1,
    }
