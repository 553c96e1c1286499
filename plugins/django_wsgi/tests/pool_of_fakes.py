"""Run by the app's interpreter in the app's folder: what the pooled MySQL backend does, on connections that keep a log.

``python pool_of_fakes.py CASE`` prints the log of the case as a JSON list. The pool holds one connection.
"""

import json
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import django
import MySQLdb
from django.conf import settings
from django.db import Error, connection, transaction

sys.path.insert(0, ".")

log: list[str] = []
opened: list["Fake"] = []


class Fake:
    """A connection as mysqlclient's, as far as the backend goes; with ``lost`` it is one that the server has ended."""

    def __init__(self) -> None:
        opened.append(self)
        self.number = len(opened)
        self.lost = False
        self.encoders: dict[type, object] = {}
        self._autocommit = False
        self._rows: list[tuple[object, ...]] = []
        self._note("connect")

    def _note(self, what: str) -> None:
        if self.lost and what != "close":
            raise MySQLdb.OperationalError(2013, "Lost connection to server during query")
        log.append(f"{self.number} {what}")

    def cursor(self) -> "Fake":
        return self

    def execute(self, sql: str, _params: object = None) -> None:
        self._note(" ".join(sql.split()[:2]))
        self._rows = [("10.11.0-MariaDB", "", "InnoDB", 0, 0, 1)] if "VERSION()" in sql else [(1,)]

    def fetchone(self) -> tuple[object, ...]:
        return self._rows[0]

    def get_autocommit(self) -> bool:
        return self._autocommit

    def autocommit(self, on: object) -> None:
        if bool(on) != self._autocommit:
            self._note(f"autocommit {on}")
            self._autocommit = bool(on)

    def commit(self) -> None:
        self._note("commit")

    def rollback(self) -> None:
        self._note("rollback")

    def ping(self) -> None:
        self._note("ping")

    def close(self) -> None:
        """A cursor is closed too, which says nothing."""


def statement() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def request(work: Callable[[], None] = statement) -> None:
    """Do what a request does on a thread of its own: Django's wrappers belong to threads."""

    def whole() -> None:
        try:
            work()
        except Error as error:
            log.append(f"refused: {error}")
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as thread:
        thread.submit(whole).result()


def two_requests() -> None:
    request()
    request()


def a_connection_that_broke() -> None:
    request()
    opened[0].lost = True
    request()
    request()


def a_connection_that_broke_in_a_transaction() -> None:
    def work() -> None:
        with transaction.atomic():
            statement()
            opened[0].lost = True
            statement()

    request(work)
    request()


def a_transaction_left_open() -> None:
    def work() -> None:
        connection.set_autocommit(False)
        statement()

    request(work)
    request()


def none_free() -> None:
    statement()
    request()


if __name__ == "__main__":
    MySQLdb.connect = lambda **_: Fake()
    pool = {"size": 1, "timeout": 0.05}
    database = {"ENGINE": "fwc_app.pooled_mysql", "NAME": "x", "CONN_MAX_AGE": 0, "OPTIONS": {"pool": pool}}
    settings.configure(DATABASES={"default": database}, USE_TZ=True)
    django.setup()
    globals()[sys.argv[1]]()
    sys.stdout.write(json.dumps(log))
