"""The start command of every target: ``python -m fwc_app STACK``.

Checks the environment and the database first, so that a wrong one ends in a single line and a code that is not
zero: a failing uvicorn worker prints a traceback, and with several of them the parent exits with 0. Then hands
over to uvicorn. How the server runs is decided here and is the same for every target.
"""

from __future__ import annotations

import argparse
import os
from typing import Final

import uvicorn

from fwc_app.health import DatabaseUnreachableError
from fwc_app.settings import Settings, SettingsError
from fwc_app.stacks import STACKS, load_stack

EXIT_UNREACHABLE: Final = 1
EXIT_BAD_ENVIRONMENT: Final = 2


def main() -> None:
    """Serve the stack named on the command line until a signal ends it."""
    parser = argparse.ArgumentParser(prog="fwc_app", description="Serve one target of the FastAPI plugin.")
    parser.add_argument("stack", choices=STACKS)
    stack: str = parser.parse_args().stack
    try:
        chosen = load_stack(stack)
        settings = Settings.from_environment(os.environ, chosen.ROUTES.keys())
        if settings.database:
            chosen.check_database(settings.database)
    except SettingsError as error:
        parser.exit(EXIT_BAD_ENVIRONMENT, f"fwc_app: {error}\n")
    except DatabaseUnreachableError as error:
        parser.exit(EXIT_UNREACHABLE, f"fwc_app: {error}\n")
    uvicorn.run(
        f"fwc_app.stacks.{stack}:create_app",
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
