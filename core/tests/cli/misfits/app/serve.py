"""A server of the `users` workload that does what its argument says. Its rows come from no database."""

import hashlib
import json
import os
import subprocess
import sys
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

KIND = sys.argv[1]
ROWS = sorted(
    (
        {
            "user_id": str(uuid.UUID(hashlib.md5(str(i).encode(), usedforsecurity=False).hexdigest())),
            "username": f"user{i}",
            "email": f"user{i}@example.com",
        }
        for i in range(2000)
    ),
    key=lambda row: row["user_id"],
)[:100]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else the body waits until the client has acknowledged the head

    def do_GET(self) -> None:
        if self.path == "/health":
            return self.answer({"ready": True})
        if self.path == "/facts":
            return self.answer({"framework": {"name": "http.server", "version": sys.version.split()[0]}})
        return self.read_users()

    def read_users(self) -> None:
        return self.answer(ROWS[:99] if KIND == "ninety-nine" else ROWS)

    def answer(self, body: object) -> None:
        text = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_arguments: object) -> None:
        pass


if KIND == "exits":
    sys.exit("the database of my dreams is not there")
if KIND == "hangs":
    subprocess.Popen([sys.executable, __file__, "sleeps"], start_new_session=True)
if KIND in ("hangs", "sleeps"):
    import signal

    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.pause()
ThreadingHTTPServer((os.environ["HOST"], int(os.environ["PORT"])), Handler).serve_forever()
