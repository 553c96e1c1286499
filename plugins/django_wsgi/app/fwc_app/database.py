"""Whether the database answers at all, asked before anything starts, and the error that says it does not.

Without Django and without its pool: the process that only starts and watches workers shall not hold the
framework, whose memory would count twice, and a pool's threads would not outlive a fork.
"""

from __future__ import annotations

from fwc_app.engines import engine_of
from fwc_app.settings import Settings


class DatabaseUnreachableError(RuntimeError):
    """No working connection is to be had: at start this ends the process, on ``/health`` it is a 503."""

    def __init__(self, title: str, reason: BaseException) -> None:
        """Keep the first line of the driver's reason, which names host and port and never the password."""
        # mysqlclient's reasons begin with a number.
        words = str(reason.args[-1]) if reason.args else ""
        seen = words.partition("\n")[0] or type(reason).__name__
        super().__init__(f"DATABASE_URL: saw {seen!r}, expected a {title} that answers there")


def check_database(settings: Settings) -> None:
    """Connect once, if there is a database at all, and leave nothing open.

    :raises DatabaseUnreachableError: when the database does not answer.
    """
    if settings.database_url is None:
        return
    engine = engine_of(settings.database_url)
    try:
        engine.connect_once(settings.database_url)
    except engine.ConnectError as error:
        raise DatabaseUnreachableError(engine.TITLE, error) from None
