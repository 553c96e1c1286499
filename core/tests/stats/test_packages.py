"""Which package each frame of a stack belongs to, language by language: made-up frames, and excerpts of real profiles.

``stacks/`` holds what perf found in the example targets, as it was found: net/http with pgx, Fastify with pg, Vert.x.
"""

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fwcompare.profilers import folded
from fwcompare.profilers.frame_names import readable_stacks
from fwcompare.stats import packages_of_go as go
from fwcompare.stats import packages_of_java as java
from fwcompare.stats import packages_of_javascript as javascript
from fwcompare.stats.packages import KERNEL, NATIVE, UNKNOWN, packages_of
from fwcompare.stats.packages_by_path import RUST_STANDARD

STACKS = Path(__file__).with_name("stacks")
LANGUAGES = ["python", "rust", "go", "javascript", "typescript", "java", "kotlin", "cobol", ""]


@pytest.mark.parametrize(
    ("frame", "package"),
    [
        ("read_users (fwc_app/users.py)", "fwc_app"),
        ("ScalarResult.all (sqlalchemy/engine/result.py)", "sqlalchemy"),
        ("instances.<locals>.chunks.<locals>.<listcomp> (sqlalchemy/orm/loading.py)", "sqlalchemy"),
        ("Thread._bootstrap (threading.py)", "threading"),
        ("_run_code (<frozen runpy>)", "runpy"),
        ("_call_with_frames_removed (<frozen importlib._bootstrap>)", "importlib"),
        ("<module> (<string>)", "<string>"),
        ("parse (cython_thing/core.pyx)", "cython_thing"),
        ("PyObject_Call (libpython3.11.so.1.0)", "libpython3.11.so.1.0"),
        ("tokio::runtime::scheduler::multi_thread::worker::Context::park", "tokio"),
        ("fwc_axum::server::serve::{{closure}}", "fwc_axum"),
        ("<axum::serve::private::ServeFuture as core::future::future::Future>::poll", "axum"),
        ("<&mut hyper::proto::Conn<I,B> as core::fmt::Debug>::fmt", "hyper"),
        ("<F as futures_core::future::TryFuture>::try_poll", "futures_core"),
        ("<T as core::convert::Into<U>>::into", RUST_STANDARD),
        ("<(A,B) as serde_core::ser::Serialize>::serialize", "serde_core"),
        ("core::ptr::drop_in_place<tokio::net::TcpStream>", RUST_STANDARD),
        ("<alloc::vec::Vec<T> as serde_core::ser::Serialize>::serialize", RUST_STANDARD),
        ("alloc::vec::Vec<T>::push", RUST_STANDARD),
        ("__memmove_avx_unaligned_erms", NATIVE),
        ("operator new(unsigned long)", NATIVE),
        ("[unknown]", UNKNOWN),
    ],
)
@pytest.mark.parametrize("language", ["python", "rust", "unknown"])
def test_a_frame_of_python_or_rust_belongs_to_what_its_file_or_path_begins_with(
    frame: str, package: str, language: str
) -> None:
    assert packages_of((frame,), language) == (package,)


@pytest.mark.parametrize(
    ("frame", "package"),
    [
        ("github.com/jackc/pgx/v5.(*Conn).Query", "github.com/jackc/pgx/v5"),
        ("github.com/jackc/pgx/v5/pgconn/internal/bgreader.(*BGReader).Read", "github.com/jackc/pgx/v5"),
        ("github.com/jackc/pgx/v5.CollectRows[...]", "github.com/jackc/pgx/v5"),
        ("github.com/valyala/fasthttp.(*Server).serveConn", "github.com/valyala/fasthttp"),
        ("github.com/nats-io/nats%2ego.Connect", "github.com/nats-io/nats.go"),
        ("gopkg.in/yaml%2ev3.Unmarshal", "gopkg.in/yaml.v3"),
        ("golang.org/x/sync/semaphore.(*Weighted).Release", "golang.org/x/sync"),
        ("go.uber.org/zap/zapcore.(*Entry).Write", "go.uber.org/zap"),
        ("main.routes.ioIntensive.func7.1", "main"),
        ("fwc-go/handlers.Users", "fwc-go"),
        ("net/http.(*conn).serve", "net/http [go std]"),
        ("encoding/json.structEncoder.encode-fm", "encoding/json [go std]"),
        ("internal/poll.(*FD).Write", "internal/poll [go std]"),
        (
            "vendor/golang.org/x/net/http/httpguts.ValidHeaderFieldName",
            "vendor/golang.org/x/net/http/httpguts [go std]",
        ),
        ("runtime.mallocgc", go.RUNTIME),
        ("internal/runtime/maps.(*Map).getWithoutKeySmallFastStr", go.RUNTIME),
        ("internal/runtime/syscall/linux.Syscall6", go.RUNTIME),
        ("type:.eq.net/http.connKey", go.RUNTIME),
        ("aeshashbody", go.RUNTIME),
        ("runtime.gcBgMarkWorker", go.GARBAGE),
        ("sqlite3_step", NATIVE),
        ("std::vector<int>::push_back", NATIVE),
        ("[unknown]", UNKNOWN),
    ],
)
def test_a_frame_of_go_belongs_to_the_module_of_its_import_path(frame: str, package: str) -> None:
    assert packages_of((frame,), "go") == (package,)


@pytest.mark.parametrize(
    ("frame", "package"),
    [
        ("Reply.send (fastify/lib/reply.js)", "fastify"),
        ("anonymous:203 (@fastify/ajv-compiler/index.js)", "@fastify/ajv-compiler"),
        ("readUsers (./src/users.js)", javascript.APP),
        ("emit (node:events)", javascript.NODE),
        ("anonymous1:34 (<generated>)", javascript.GENERATED),
        ("node::LibuvStreamWrap::OnUvRead", javascript.NODE),
        ("non-virtual thunk to node::(anonymous namespace)::Parser::OnStreamRead(long)", javascript.NODE),
        ("uv__io_poll", javascript.NODE),
        ("llhttp__internal_execute", javascript.NODE),
        ("Builtins_LoadIC_Megamorphic", javascript.ENGINE),
        ("v8::internal::JSObject::DefineProperties", javascript.ENGINE),
        ("v8::internal::Heap::CollectGarbage", javascript.GARBAGE),
        ("v8::internal::compiler::PipelineImpl::InitializeHeapBroker", javascript.COMPILER),
        ("__GI___writev", NATIVE),
        ("operator new(unsigned long)", NATIVE),
        ("[unknown]", UNKNOWN),
    ],
)
@pytest.mark.parametrize("language", ["javascript", "TypeScript"])
def test_a_frame_of_javascript_belongs_to_its_npm_package_or_to_node_or_to_v8(
    frame: str, package: str, language: str
) -> None:
    assert packages_of((frame,), language) == (package,)


@pytest.mark.parametrize(
    ("frame", "package"),
    [
        ("io.netty.channel.nio.NioIoHandler.run", "io.netty.channel"),
        ("io.vertx.pgclient.impl.PgSocketConnection$$Lambda.complete", "io.vertx.pgclient"),
        ("com.fasterxml.jackson.core.JsonGenerator.writeString", "com.fasterxml.jackson"),
        ("fwc.DatabaseUnit$Inserted.<init>", "fwc"),
        ("Main.main", java.APP),
        ("java.util.ArrayList.toArray", java.JDK),
        ("sun.nio.ch.EPoll.wait", java.JDK),
        ("jdk.internal.misc.VM.getNanoTimeAdjustment", java.JDK),
        ("com.sun.crypto.provider.AESCrypt.encryptBlock", java.JDK),
        ("Java_java_net_SocketInputStream_socketRead0", java.JDK),
        ("javaparser.Node.visit", "javaparser"),
        ("Interpreter", java.INTERPRETER),
        ("StubRoutines (1)", java.STUBS),
        ("vtable chunks", java.STUBS),
        ("I2C/C2I adapters", java.STUBS),
        ("counter_overflow Runtime1 stub", java.STUBS),
        ("JavaCalls::call_virtual", java.MACHINE),
        ("JVM_GetNanoTimeAdjustment", java.MACHINE),
        ("CompileBroker::compiler_thread_loop", java.COMPILER),
        ("GangWorker::loop", java.GARBAGE),
        ("G1ParScanThreadState::copy_to_survivor_space", java.GARBAGE),
        ("__GI___libc_write", NATIVE),
        ("[unknown]", UNKNOWN),
    ],
)
def test_a_frame_of_java_belongs_to_its_package_or_to_the_virtual_machine(frame: str, package: str) -> None:
    assert packages_of((frame,), "java") == (package,)


@pytest.mark.parametrize("entry", ["entry_SYSCALL_64_after_hwframe", "asm_sysvec_apic_timer_interrupt", "el0t_64_sync"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_what_the_kernel_calls_is_the_kernels(entry: str, language: str) -> None:
    stack = ("__libc_send", entry, "tcp_sendmsg", "[unknown]", "runtime.gcBgMarkWorker", "v8::internal::Heap::Scavenge")
    assert packages_of(stack, language) == (NATIVE, *[KERNEL] * 5)


@pytest.mark.parametrize(
    ("language", "stack", "packages"),
    [
        (
            "java",
            ("Thread::call_run", "CompileBroker::compiler_thread_loop", "PhaseChaitin::Split", "malloc", "asm_x", "y"),
            (java.MACHINE, *[java.COMPILER] * 3, KERNEL, KERNEL),
        ),
        (
            "go",
            ("main.f", "runtime.mallocgc", "runtime.gcAssistAlloc", "runtime.scanobject"),
            ("main", go.RUNTIME, go.GARBAGE, go.GARBAGE),
        ),
        (
            "javascript",
            ("f (./a.js)", "v8::internal::Heap::CollectGarbage", "v8::internal::Scavenger::Process", "memcpy"),
            (javascript.APP, *[javascript.GARBAGE] * 3),
        ),
    ],
)
def test_what_a_runtime_does_beside_the_program_is_one_package_down_to_the_leaf(
    language: str, stack: tuple[str, ...], packages: tuple[str, ...]
) -> None:
    assert packages_of(stack, language) == packages


@given(st.lists(st.text(min_size=1), min_size=1, max_size=5).map(tuple), st.sampled_from(LANGUAGES))
def test_every_frame_has_a_package_with_a_name_whatever_it_is_called(stack: tuple[str, ...], language: str) -> None:
    packages = packages_of(stack, language)
    assert len(packages) == len(stack)
    assert all(packages)


@pytest.mark.parametrize(
    ("language", "own", "only_called_through"),
    [
        (
            "go",
            {
                KERNEL: 13,
                "encoding/json [go std]": 7,
                go.RUNTIME: 6,
                go.GARBAGE: 2,
                "github.com/jackc/pgx/v5": 1,
                "main": 1,
                "internal/poll [go std]": 1,
                "fmt [go std]": 1,
                "strings [go std]": 1,
            },
            {"net/http [go std]": 31, "github.com/jackc/puddle/v2": 1},
        ),
        (
            "javascript",
            {
                javascript.GENERATED: 12,
                KERNEL: 6,
                "pg": 3,
                javascript.NODE: 3,
                "pg-protocol": 2,
                javascript.ENGINE: 2,
                NATIVE: 2,
                javascript.APP: 1,
                javascript.GARBAGE: 1,
                javascript.COMPILER: 1,
            },
            {"fastify": 13, "pg-pool": 1},
        ),
        (
            "java",
            {
                KERNEL: 10,
                "io.vertx.core": 7,
                java.COMPILER: 3,
                "io.netty.buffer": 3,
                "io.vertx.pgclient": 2,
                "io.vertx.sqlclient": 1,
                "io.netty.channel": 1,
                "io.netty.util": 1,
                "fwc": 1,
                java.STUBS: 1,
                java.MACHINE: 1,
                NATIVE: 1,
            },
            {java.JDK: 10, java.INTERPRETER: 27},
        ),
    ],
)
def test_the_packages_of_a_real_profile_say_where_the_time_goes(
    language: str, own: dict[str, int], only_called_through: dict[str, int]
) -> None:
    stacks = readable_stacks(folded.parse((STACKS / f"{language}.folded").read_text(encoding="utf-8")))
    self_samples: Counter[str] = Counter()
    total_samples: Counter[str] = Counter()
    for (_thread, *frames), samples in stacks.items():
        packages = packages_of(tuple(frames), language)
        self_samples[packages[-1]] += samples
        total_samples.update(dict.fromkeys(packages, samples))
    assert dict(self_samples) == own
    assert {name: total_samples[name] for name in only_called_through} == only_called_through
    assert not any("/root/" in frame or "0x" in frame for stack in stacks for frame in stack)
