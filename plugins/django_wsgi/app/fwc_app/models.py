"""The workload ``users``: its table as a Django model, and the shape of its answer."""

from __future__ import annotations

from typing import ClassVar, Final

from django.db import models

USERS_LIMIT: Final = 100


class User(models.Model):
    """A row of the contract's table, which the runner makes and fills."""

    user_id = models.TextField(primary_key=True)
    username = models.TextField(unique=True)
    email = models.TextField(unique=True)

    objects: ClassVar[models.Manager[User]] = models.Manager()

    class Meta:
        """The contract's name, which Django quotes; no migration ever touches it."""

        db_table = "user"
        managed = False

    def __str__(self) -> str:
        """Show the name."""
        return self.username


def first_users() -> models.QuerySet[User]:
    """Describe the one statement of a request; nothing is sent until it is iterated."""
    return User.objects.order_by("user_id")[:USERS_LIMIT]


def as_answer(user: User) -> dict[str, str]:
    """Turn an ORM object into what the API shows of it."""
    return {"user_id": user.user_id, "username": user.username, "email": user.email}
