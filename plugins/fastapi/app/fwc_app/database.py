"""What every stack's open pool can say of itself; the rows are reached through the stack's own type."""

from __future__ import annotations

from typing import Protocol


class Database(Protocol):
    """An open pool."""

    @property
    def driver(self) -> str:
        """The distribution that speaks to the database."""

    @property
    def orm(self) -> str | None:
        """The distribution of the ORM, if there is one."""

    @property
    def pool_size(self) -> int:
        """How many connections the pool may hold."""

    async def ping(self) -> None:
        """Take a connection from the pool and run one statement on it.

        :raises DatabaseUnreachableError: when that fails.
        """
