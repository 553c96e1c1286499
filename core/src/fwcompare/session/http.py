"""Single requests on fresh connections, for readiness, facts and conformance. Load goes through ``load/``."""

import http.client
from urllib.parse import urlsplit

from fwcompare.model.workload import Answer, Request


class PlainHttp:
    """:class:`~fwcompare.model.ports.Http` over the standard library."""

    def ask(self, url: str, request: Request, timeout_s: float) -> Answer:
        """Send one request and read the whole answer."""
        parts = urlsplit(url)
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=timeout_s)
        try:
            path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            connection.request(request.method, path, request.body or None, dict(request.headers))
            response = connection.getresponse()
            headers = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, headers, response.read())
        except http.client.HTTPException as error:
            raise ConnectionError(f"not an HTTP answer: {type(error).__name__} {error}".rstrip()) from error
        finally:
            connection.close()
