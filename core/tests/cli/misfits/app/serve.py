"""A server of the `users` workload that does what its argument says, over one connection to the database."""

import json
import os
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread

import psycopg

KIND = sys.argv[1]
COLUMNS = ("user_id", "username", "email")
READ = 'SELECT user_id, username, email FROM "user" ORDER BY user_id LIMIT 100'


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else the body waits until the client has acknowledged the head

    def do_GET(self) -> None:
        if self.path == "/health":
            return self.answer(200, {"ready": True})
        if self.path == "/facts":
            version = sys.version.split()[0]
            return self.answer(200, {"framework": {"name": "http.server", "version": version}, "debug": False})
        return self.read_users()

    def read_users(self) -> None:
        if KIND == "remembers":
            return self.answer(200, REMEMBERED)
        try:
            rows = read()
        except psycopg.Error as error:
            return self.answer(500, {"error": str(error)})
        return self.answer(200, rows[:99] if KIND == "ninety-nine" else rows)

    def answer(self, status: int, body: object) -> None:
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_arguments: object) -> None:
        pass


class Server(ThreadingHTTPServer):
    request_queue_size = 256  # the audit's 50 clients come at once


if KIND == "exits":
    sys.exit("the database of my dreams is not there")
if KIND == "hangs":
    subprocess.Popen([sys.executable, __file__, "sleeps"], start_new_session=True)
if KIND in ("hangs", "sleeps"):
    import signal

    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.pause()
LOCK = Lock()


def read() -> list[dict[str, str]]:
    with LOCK:
        return [dict(zip(COLUMNS, row, strict=True)) for row in CONNECTION.execute(READ).fetchall()]


def replace_workers() -> None:
    while True:
        subprocess.run([sys.executable, "-I", "-S", "-c", "import time; time.sleep(0.3)"], check=False)


if KIND == "recycles":
    Thread(target=replace_workers, daemon=True).start()
CONNECTION = psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)
REMEMBERED = read()
Server((os.environ["HOST"], int(os.environ["PORT"])), Handler).serve_forever()
