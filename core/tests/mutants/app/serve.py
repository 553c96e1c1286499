"""A server of ``users`` and ``io-intensive`` in threads, which does them faithfully or with the misdeed it is told."""

import json
import os
import platform
import sys
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from sessions import ERRORS, Pool
from units import do_database_units, do_file_unit, read_users

MISDEED = sys.argv[1]
POOL_SIZE, FILE_UNITS, DB_UNITS = (int(os.environ[name]) for name in ("POOL_SIZE", "FILE_UNITS", "DB_UNITS"))
TRANSACTION = os.environ["TRANSACTION"]
POOL = Pool(
    os.environ["DATABASE_URL"],
    POOL_SIZE * 2 if MISDEED == "bigger-pool" else POOL_SIZE,
    keeps=MISDEED != "reconnects",
)
ANSWERED: dict[str, object] = {}


class Server(ThreadingHTTPServer):
    request_queue_size = 256  # else of 50 clients that come at once, most are refused


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else the body waits until the client has acknowledged the head

    def do_GET(self) -> None:
        served = {"/health": is_ready, "/facts": facts, "/users": users}
        self.serve(served[self.path])

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self.serve(io_intensive)

    def serve(self, work: Callable[[], object]) -> None:
        if self.path in ANSWERED:
            return self.answer(200, ANSWERED[self.path])
        try:
            body = work()
        except (OSError, *ERRORS) as error:
            return self.answer(500, {"error": str(error)})
        if MISDEED == "caches" and work in (users, io_intensive):
            ANSWERED[self.path] = body
        return self.answer(200, body)

    def answer(self, status: int, body: object) -> None:
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_arguments: object) -> None:
        pass


def is_ready() -> object:
    with POOL.borrow() as session:
        session.do("SELECT 1")
    return {"ready": True}


def facts() -> object:
    driver = POOL.kind.driver
    return {
        "framework": {"name": "http.server", "version": platform.python_version()},
        "server": {"name": "http.server", "version": platform.python_version()},
        "driver": {"name": driver.__name__, "version": driver.__version__},
        "orm": None,
        "language": {"name": platform.python_implementation(), "version": platform.python_version()},
        "workers": 1,
        "threads": None,  # one for each connection of a client, without a limit
        "pool_size": POOL_SIZE,
        "file_units": FILE_UNITS,
        "db_units": DB_UNITS,
        "transaction": TRANSACTION,
        "event_loop": None,
        "debug": MISDEED == "debugs",
        "log_level": "off",
        "middlewares": [],
    }


def users() -> object:
    with POOL.borrow() as session:
        return read_users(session, MISDEED)


def io_intensive() -> object:
    started = time.perf_counter()
    try:
        for _ in range(FILE_UNITS):
            do_file_unit(MISDEED)
        with POOL.borrow() as session:
            do_database_units(session, DB_UNITS, TRANSACTION, MISDEED)
    except (OSError, *ERRORS):
        if MISDEED != "swallows-errors":
            raise
    return {
        "file_operations": FILE_UNITS,
        "db_operations": DB_UNITS,
        "execution_time": time.perf_counter() - started,
        "timestamp": time.time(),
    }


Server((os.environ["HOST"], int(os.environ["PORT"])), Handler).serve_forever()
