"""Django's MySQL backend with a pool: connections that live as long as the process, never more than allowed.

Django pools for PostgreSQL and Oracle alone. Its persistent connections (``CONN_MAX_AGE``) belong to a thread: with 40
threads there would be 40, and where each request has a thread of its own, none would be used twice. Here a wrapper,
which is a thread's, borrows a connection from the process's pool when Django connects, and gives it back when Django
closes. Decides nothing of the SQL: cursors, commits and rollbacks are Django's on a plain mysqlclient connection.

A borrowed connection costs no statement: what Django sends to a fresh one it sends once in the
connection's life, and what it asks the server (version, modes) once in the process's.
"""

from __future__ import annotations

from functools import partial
from typing import Any, ClassVar

from django.db.backends.mysql import base as mysql
from django.utils.functional import cached_property
from MySQLdb.connections import Connection
from sqlalchemy import event
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.pool import PoolProxiedConnection, QueuePool

_READY = "fwc_app.ready"


class DatabaseWrapper(mysql.DatabaseWrapper):
    """One thread's access to the database, on a connection of the process's pool."""

    _pools: ClassVar[dict[str, QueuePool]] = {}
    _server_data: ClassVar[dict[str, dict[str, Any]]] = {}
    _loan: PoolProxiedConnection | None = None

    @property
    def pool(self) -> QueuePool:
        """The pool of this process. Opens nothing: of two threads that are first at once, one makes it in vain."""
        if self.alias not in self._pools:
            options = self.settings_dict["OPTIONS"]["pool"]
            pool = QueuePool(
                partial(self.Database.connect, **self.get_connection_params()),
                pool_size=options["size"],
                max_overflow=0,
                timeout=options["timeout"],
                # SQLAlchemy would send a rollback each time; ours, below, only where there is something to roll back.
                reset_on_return=None,
            )
            event.listen(pool, "reset", _end_transaction)
            self._pools.setdefault(self.alias, pool)
        return self._pools[self.alias]

    def get_connection_params(self) -> dict[str, Any]:
        """Give what mysqlclient is called with: Django hands it every option, but the pool's are not its own."""
        params: dict[str, Any] = super().get_connection_params()
        del params["pool"]
        return params

    def get_new_connection(self, conn_params: dict[str, Any]) -> Connection:  # noqa: ARG002 - the pool has them
        """Borrow a connection; the pool makes one while it may."""
        try:
            self._loan = self.pool.connect()
        except PoolTimeoutError as error:
            seconds = self.settings_dict["OPTIONS"]["pool"]["timeout"]
            message = f"no pooled connection became free within {seconds:g} s"
            raise self.Database.OperationalError(message) from error
        return self._loan.driver_connection

    def init_connection_state(self) -> None:
        """Say to a fresh connection what Django says to it, and to a used one nothing."""
        if self._loan is not None and _READY not in self._loan.info:
            super().init_connection_state()
            self._loan.info[_READY] = True

    def _close(self) -> None:
        """Give the connection back, or replace it if it broke: ``errors_occurred`` is Django's own suspicion."""
        loan, self._loan = self._loan, None
        if loan is None:
            return
        if self.errors_occurred and not self.is_usable():
            loan.invalidate()
        else:
            loan.close()

    @cached_property
    def mysql_server_data(self) -> dict[str, Any]:
        """What Django asks the server about itself: once for the process, since wrappers come and go with threads."""
        if self.alias not in self._server_data:
            self._server_data[self.alias] = super().mysql_server_data
        return self._server_data[self.alias]


def _end_transaction(connection: Connection, *_: object) -> None:
    """Roll back what was left open. Django's transactions turn autocommit off, which the driver knows by itself."""
    if not connection.get_autocommit():
        connection.rollback()
        connection.autocommit(True)
