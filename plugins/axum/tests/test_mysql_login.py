"""How the application logs in to a MySQL 8.4 without TLS, against a server that plays that login and nothing else."""

import socket
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest

from fwcompare.testing.pytest_plugin import Built

pytestmark = pytest.mark.real

_PASSWORD = "hunter2"  # noqa: S105 - what must not travel in the clear
_CAPABILITIES = 0x0128_A209  # long password, connect with a database, protocol 4.1, transactions, plug-in logins
_NONCE = b"twenty bytes, no NUL"
_WANTS_ALL_OF_THE_PASSWORD = b"\x01\x04"
_ASKS_FOR_THE_KEY = b"\x02"
_OK = b"\0\0\0\x02\0\0\0"
_KEY = b"""\
-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAwIV+O1e5vR0dMAGOT9G0
9IkiXMwezXpqur0QjBX2LwX16YkJ0jLhyG0CxArrclkBb909OyrJXLTTNqjAT6rq
ZWqVt7eb6vl2gFDmms7PFYqyGpdJniHymupidMhv9QMku7oVtmllePHDa+d87AvS
KYvp7in/ilRgEv4szosWo0uoOK6Ec8UPPivC+paHp6XSHnC2rHn+wxBXoSsc2a4f
BgURCKFE30JfN1WMzz+x5UEP5rQd+Ep54c73i8n8SS2ODyp5DKNKA3K/qwdO8nMP
MbDE2by4q7j0bB3In4RAPSjAmS17TqsCjaxKV+b4u08hXx3vt4y+g00S78a52vbr
WwIDAQAB
-----END PUBLIC KEY-----
"""


def test_the_password_travels_encrypted_with_the_servers_key(built: Built) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, ThreadPoolExecutor(1) as thread:
        server.settimeout(20)
        played = thread.submit(_play_the_login, server)
        port = server.getsockname()[1]
        ended = subprocess.run(
            built.argv,
            cwd=built.cwd,
            env={
                **built.env,
                **{name: str(value) for name, value in built.target.parameters.items()},
                "HOST": "127.0.0.1",
                "PORT": "9",
                "DATABASE_URL": f"mysql://bench:{_PASSWORD}@127.0.0.1:{port}/bench",
            },
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )
        asked, password, command = played.result()
    assert asked == _ASKS_FOR_THE_KEY, ended.stderr
    assert len(password) == 256
    assert _PASSWORD.encode() not in password
    assert command.startswith(b"\x03SET "), "logged in, it does not go on to its session's settings"


def _play_the_login(server: socket.socket) -> tuple[bytes, bytes, bytes]:
    """Give what the client sends: for the key, as its password, and once it is let in."""
    connection, _ = server.accept()
    with connection:
        connection.settimeout(20)
        low, high = _CAPABILITIES.to_bytes(4, "little")[:2], _CAPABILITIES.to_bytes(4, "little")[2:]
        greeting = b"\x0a8.4.0\0" + b"\x07\0\0\0" + _NONCE[:8] + b"\0" + low + b"\xff\x02\0" + high
        greeting += bytes([len(_NONCE) + 1]) + bytes(10) + _NONCE[8:] + b"\0caching_sha2_password\0"
        _send(connection, 0, greeting)
        number, _ = _receive(connection)
        _send(connection, number + 1, _WANTS_ALL_OF_THE_PASSWORD)
        number, asked = _receive(connection)
        _send(connection, number + 1, b"\x01" + _KEY)
        number, password = _receive(connection)
        _send(connection, number + 1, _OK)
        _, command = _receive(connection)
        return asked, password, command


def _send(connection: socket.socket, number: int, payload: bytes) -> None:
    connection.sendall(len(payload).to_bytes(3, "little") + bytes([number]) + payload)


def _receive(connection: socket.socket) -> tuple[int, bytes]:
    """Give a packet's number and what it holds; nothing when the client has hung up."""
    head = connection.recv(4, socket.MSG_WAITALL)
    return (head[3], connection.recv(int.from_bytes(head[:3], "little"), socket.MSG_WAITALL)) if head else (0, b"")
