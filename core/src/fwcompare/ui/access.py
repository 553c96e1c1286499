"""Who may look: the host that a request names, a token once, then a cookie; and the headers of every answer.

A page of any other site can make a browser send requests to this machine. It cannot name our host under a name that
it owns (the Host header is checked), cannot have the cookie sent along (``SameSite=Strict``), and cannot read or frame
an answer (no CORS header, framing denied). Another user of this machine lacks the token.
"""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from typing import Final, Literal

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_LOOPBACK: Final = ("127.0.0.1", "localhost", "[::1]")
_SECRET_BYTES: Final = 32
_HTTP_PORT: Final = 80

HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
"""What every answer carries, refusals too."""

POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'"
"""The content security policy of an answer that brings none of its own."""

Decision = Literal["admitted", "welcome", "wrong method", "wrong host", "wrong token", "no token"]


@dataclass(frozen=True)
class Access:
    """The secrets of one server, and the values of the Host header that mean it.

    :param token: what the printed address carries.
    :param cookie: what the first visit with it is given to come back with.
    """

    token: str
    cookie: str
    port: int
    hosts: frozenset[str]

    @classmethod
    def drawn(cls, names: Iterable[str], port: int) -> "Access":
        """Draw secrets for a server that listens on ``port`` under ``names``, those of loopback included."""
        # A browser leaves out the port that is HTTP's own.
        hosts = {f"{name}:{port}".lower() for name in (*_LOOPBACK, *names)}
        if port == _HTTP_PORT:
            hosts |= {name.lower() for name in (*_LOOPBACK, *names)}
        return cls(secrets.token_urlsafe(_SECRET_BYTES), secrets.token_urlsafe(_SECRET_BYTES), port, frozenset(hosts))

    @property
    def cookie_name(self) -> str:
        """Name the cookie: browsers keep those of all ports of a host together, so that two servers need two names."""
        return f"fwcompare-{self.port}"

    def decide(self, request: Request) -> Decision:
        """Decide about a request, the host first: a stranger learns nothing of the rest."""
        hosts = request.headers.getlist("host")
        if len(hosts) != 1 or hosts[0].lower() not in self.hosts:
            return "wrong host"
        if request.method not in ("GET", "HEAD"):
            return "wrong method"
        token = request.query_params.get("token")
        if token is not None and request.url.path == "/":
            return "welcome" if _same(token, self.token) else "wrong token"
        return "admitted" if _same(request.cookies.get(self.cookie_name, ""), self.cookie) else "no token"


class Guard:
    """Lets admitted requests through to an application, and gives every answer its headers."""

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self._app = app
        self._access = access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            # Closed before it was accepted, a web socket is answered with 403.
            await send({"type": "websocket.close", "code": 1008})
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
                headers.setdefault("Content-Security-Policy", POLICY)
            await send(message)

        decision = self._access.decide(Request(scope))
        answer = self._app if decision == "admitted" else self._answer(decision)
        await answer(scope, receive, with_headers)

    def _answer(self, decision: Decision) -> Response:
        if decision == "welcome":
            # Away from the address with the token, so that it is not copied from there.
            response = RedirectResponse("/", status_code=303)
            response.set_cookie(
                self._access.cookie_name, self._access.cookie, path="/", httponly=True, samesite="strict"
            )
            return response
        status, said = _REFUSALS[decision]
        headers = {"Allow": "GET, HEAD"} if decision == "wrong method" else {}
        # Where the address was opened from another site's page, the browser keeps a strict cookie back on the way that
        # this page came, and sends it along with what is followed from here.
        again = ("If you have just opened it, go on to the runs.", "/") if decision == "no token" else None
        return HTMLResponse(plain_page("Not shown", said, again), status_code=status, headers=headers)


_ENTER: Final = (
    "Open the address that fwcompare ui printed when it was started: it ends in ?token= and a long word. "
    "Each start has a word of its own; one that has ended is of no use any more."
)
_REFUSALS: Final[dict[Decision, tuple[int, str]]] = {
    "wrong method": (405, "Nothing can be changed here: only GET is answered."),
    "wrong host": (
        421,
        (
            "The address that was asked for is not one of this server's. Use 127.0.0.1 or localhost with the very port "
            "that fwcompare ui printed; a tunnel has to use that port at both of its ends."
        ),
    ),
    "wrong token": (403, f"The token is not the one of this server. {_ENTER}"),
    "no token": (403, f"This browser has not been let in yet. {_ENTER}"),
}


def plain_page(title: str, said: str, again: tuple[str, str] | None = None) -> str:
    """Give a page without anything of a run in it.

    :param again: a link below it: what it says, and where it leads.
    """
    link = "" if again is None else f'<p><a href="{escape(again[1])}">{escape(again[0])}</a></p>'
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        f"<title>{escape(title)}</title><style>body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 36rem; "
        "margin: 15vh auto; padding: 0 1rem; }</style></head>"
        f"<body><main><h1>{escape(title)}</h1><p>{escape(said)}</p>{link}</main></body></html>\n"
    )


def _same(given: str, expected: str) -> bool:
    """Compare in a time that does not tell how much is right."""
    return secrets.compare_digest(given.encode("utf-8", "surrogateescape"), expected.encode())
