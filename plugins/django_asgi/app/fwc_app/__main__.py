"""The start command: ``python -m fwc_app``.

Checks the environment and the database first, so that a wrong one ends in a single line and a code that is not
zero: a failing uvicorn worker prints a traceback, and with several of them the parent exits with 0. Then hands
over to uvicorn. How the server runs is decided here, and is what the FastAPI targets have.
"""

from __future__ import annotations

import os
import sys
from typing import Final

import uvicorn

from fwc_app.database import DatabaseUnreachableError, check_database
from fwc_app.settings import Settings, SettingsError

EXIT_UNREACHABLE: Final = 1
EXIT_BAD_ENVIRONMENT: Final = 2


def main() -> None:
    """Serve until a signal ends it."""
    try:
        settings = Settings.from_environment(os.environ)
        check_database(settings)
    except SettingsError as error:
        _end(EXIT_BAD_ENVIRONMENT, error)
    except DatabaseUnreachableError as error:
        _end(EXIT_UNREACHABLE, error)
    else:
        _serve(settings)


def _serve(settings: Settings) -> None:
    uvicorn.run(
        "fwc_app.asgi:create_app",
        factory=True,
        host=settings.host,
        port=settings.port,
        workers=settings.workers,
        # Named, not "auto": a missing wheel must fail the start, not quietly serve with a slower loop.
        loop="uvloop",
        http="httptools",
        ws="none",
        # Django has none, and says so with an exception.
        lifespan="off",
        access_log=False,
        log_level="info",
        # No proxy stands in front; by default uvicorn wraps the app in a middleware that looks for one.
        proxy_headers=False,
    )


def _end(code: int, error: Exception) -> None:
    sys.stderr.write(f"fwc_app: {error}\n")
    sys.exit(code)


if __name__ == "__main__":
    main()
