"""The start command: ``python -m fwc_app``.

Checks the environment and the database first, so that a wrong one ends in a single line and a code that is not
zero: a failing uvicorn worker prints a traceback, and with several of them the parent exits with 0. Then hands
over to uvicorn. How the server runs is decided here, and is as the FastAPI targets have it.
"""

from __future__ import annotations

import argparse
import os
from typing import Final

import uvicorn

from fwc_app.health import DatabaseUnreachableError
from fwc_app.pool import check_database
from fwc_app.project import MODELS, WITH
from fwc_app.settings import Settings, SettingsError

EXIT_UNREACHABLE: Final = 1
EXIT_BAD_ENVIRONMENT: Final = 2


def main() -> None:
    """Serve until a signal ends it."""
    parser = argparse.ArgumentParser(prog="fwc_app", description="Serve the target of the fast-django plugin.")
    parser.parse_args()
    try:
        settings = Settings.from_environment(os.environ, WITH.keys())
        if settings.database:
            check_database(settings.database, MODELS)
    except SettingsError as error:
        parser.exit(EXIT_BAD_ENVIRONMENT, f"fwc_app: {error}\n")
    except DatabaseUnreachableError as error:
        parser.exit(EXIT_UNREACHABLE, f"fwc_app: {error}\n")
    uvicorn.run(
        "fwc_app.project:create_app",
        factory=True,
        host=settings.host,
        port=settings.port,
        workers=settings.workers,
        # Named, not "auto": a missing wheel must fail the start, not quietly serve with a slower loop.
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="on",
        access_log=False,
        log_level="info",
        # No proxy stands in front; by default uvicorn wraps the app in a middleware that looks for one.
        proxy_headers=False,
    )


if __name__ == "__main__":
    main()
