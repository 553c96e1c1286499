"""A server of the `sleep-sync` workload, which spins and hoards memory as it is told."""

import json
import os
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SLEEP_S = float(os.environ["SLEEP_SECONDS"])
SPIN_S = float(os.environ["SPIN_MS"]) / 1000
HOARD_MIB = int(os.environ["HOARD_MIB"])
FLAVOUR = os.environ.get("FLAVOUR", "none")  # of the image
HOARD: list[bytes] = []


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        if self.path == "/health":
            return self.answer({"ready": True})
        if self.path == "/facts":
            framework = {"name": "http.server", "version": sys.version.split()[0]}
            return self.answer({"framework": framework, "debug": False, "uid": os.getuid(), "flavour": FLAVOUR})
        for _ in range(3):
            time.sleep(SLEEP_S)
        spin()
        return self.answer({"message": "Sync tasks completed with 1, 2, 3"})

    def answer(self, body: object) -> None:
        text = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_arguments: object) -> None:
        pass


class Server(ThreadingHTTPServer):
    request_queue_size = 256


def spin() -> None:
    until = time.thread_time() + SPIN_S
    while time.thread_time() < until:
        pass


sys.stdout.write("listening\n")
sys.stdout.flush()
HOARD.extend(b"x" * 2**20 for _ in range(HOARD_MIB))
Server((os.environ["HOST"], int(os.environ["PORT"])), Handler).serve_forever()
