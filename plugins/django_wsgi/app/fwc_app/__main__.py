"""The start command: ``python -m fwc_app``.

Checks the environment and the database first, so that a wrong one ends in a single line and a code that is not
zero: a gunicorn worker that fails prints a traceback. Then becomes gunicorn's arbiter. How the server runs is
decided here, and in no configuration file or command line that gunicorn would read.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Final, cast

from gunicorn.app.base import BaseApplication

from fwc_app.database import DatabaseUnreachableError, check_database
from fwc_app.settings import Settings, SettingsError

if TYPE_CHECKING:
    from django.core.handlers.wsgi import WSGIHandler

EXIT_UNREACHABLE: Final = 1
EXIT_BAD_ENVIRONMENT: Final = 2

KEEP_ALIVE_S: Final = 5
"""What uvicorn does by default, so that an idle connection lives equally long on every Python target."""


class Server(BaseApplication):
    """Gunicorn with the contract's numbers."""

    def __init__(self, settings: Settings) -> None:
        """Keep the numbers for ``load_config``, which the parent calls."""
        self.settings = settings
        super().__init__()

    def load_config(self) -> None:
        """Set what differs from gunicorn's defaults, and what a default would take from the environment."""
        host = f"[{self.settings.host}]" if ":" in self.settings.host else self.settings.host
        self.cfg.set("bind", f"{host}:{self.settings.port}")
        self.cfg.set("workers", self.settings.workers)
        # Named: with one thread gunicorn's default would be the sync worker, which keeps no connection open.
        self.cfg.set("worker_class", "gthread")
        self.cfg.set("threads", self.settings.threads)
        self.cfg.set("keepalive", KEEP_ALIVE_S)
        # Named, not "auto": a wheel that comes in by chance must not change what is measured (README).
        self.cfg.set("http_parser", "python")
        self.cfg.set("loglevel", "info")
        # A socket in the home folder, by which gunicorn could be told to be something else than was asked for.
        self.cfg.set("control_socket_disable", True)

    def load(self) -> WSGIHandler:
        """Build the application; gunicorn calls this once in each worker, after the fork.

        Django is imported here, as it would be by gunicorn's own command: held by the arbiter too, it would count
        twice in this target's memory.
        """
        return cast("WSGIHandler", import_module("fwc_app.wsgi").create_app(self.cfg))


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
        Server(settings).run()


def _end(code: int, error: Exception) -> None:
    sys.stderr.write(f"fwc_app: {error}\n")
    sys.exit(code)


if __name__ == "__main__":
    main()
