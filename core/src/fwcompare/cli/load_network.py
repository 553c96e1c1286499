"""The flags of ``fwcompare load`` that say how the target is reached: sockets, TLS and HTTP/2.

A flag that would do nothing is refused, with what it needs. Whether a file can be read, or an address be bound, is
found by the load generator before the load.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import click

from fwcompare.cli.load_flags import ADDRESS
from fwcompare.cli.load_groups import gathered, refuse_without_effect, section

_option = section("How the target is reached")


@dataclass(frozen=True, kw_only=True)
class Network:
    """How connections are opened, and what is spoken over them."""

    unix_socket: str | None
    source_addresses: tuple[str, ...]
    cacert: str | None
    insecure: bool
    server_name: str | None
    http2: bool
    streams: int | None

    def check(self, url: str) -> None:
        """Refuse flags that would do nothing.

        :raises click.UsageError: for the first of them.
        """
        secure = url.lower().startswith("https://")
        checked = not self.insecure
        refuse_without_effect(
            [
                ("--source-address", bool(self.source_addresses), "no --unix-socket", self.unix_socket is None),
                ("--cacert", self.cacert is not None, "a URL of https://", secure),
                ("--insecure", self.insecure, "a URL of https://", secure),
                ("--server-name", self.server_name is not None, "a URL of https://", secure),
                ("--cacert", self.cacert is not None, "no --insecure, which checks no certificate", checked),
                ("--streams", self.streams is not None, "--http2", self.http2),
            ]
        )

    def asked(self) -> Mapping[str, Any]:
        """Give the fields of :class:`~fwcompare.model.load_report.Asked`."""
        return {
            "unix_socket": self.unix_socket,
            "source_addresses": self.source_addresses,
            "tls_ca_file": self.cacert,
            "tls_insecure": self.insecure,
            "tls_server_name": self.server_name,
            "http2": self.http2,
            "streams": (self.streams or 1) if self.http2 else None,
        }


network_options = gathered(
    Network,
    "network",
    _option("--unix-socket", metavar="PATH", help="Connect to this socket; the URL still gives path and host."),
    _option(
        "--source-address",
        "source_addresses",
        type=ADDRESS,
        multiple=True,
        help="Connect from this address; repeated, from all in turn, each with ports of its own.",
    ),
    _option("--cacert", metavar="FILE", help="Trust these certificates (PEM), and not the system's."),
    _option("--insecure", is_flag=True, help="Check no certificate: anyone may answer."),
    _option("--server-name", metavar="NAME", help="Ask for, and check, this name instead of the URL's host."),
    _option("--http2", is_flag=True, help="Speak HTTP/2, over http:// without asking first."),
    _option(
        "--streams",
        type=click.IntRange(1, 1024),
        metavar="N",
        help="With --http2: requests under way on a connection at once.  [default: 1]",
    ),
)
