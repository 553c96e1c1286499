"""The tables of the workloads as Django models, and the shape of what ``users`` answers."""

from __future__ import annotations

from typing import ClassVar, Final

from django.db import models

USERS_LIMIT: Final = 100


class User(models.Model):
    """A row of ``users``'s table, which the runner makes and fills."""

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


class Person(models.Model):
    """A row of ``io-intensive``'s table, which the runner makes and leaves empty.

    No other model refers to it, so that ``delete()`` has nothing to look for and is one DELETE.
    """

    id = models.AutoField(primary_key=True)
    name = models.CharField(max_length=100)
    email = models.CharField(max_length=100, unique=True)
    age = models.IntegerField()
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    objects: ClassVar[models.Manager[Person]] = models.Manager()

    class Meta:
        """The contract's name; no migration ever touches it."""

        db_table = "users"
        managed = False

    def __str__(self) -> str:
        """Show the name."""
        return self.name


def first_users() -> models.QuerySet[User]:
    """Describe the one statement of a request; nothing is sent until it is iterated."""
    return User.objects.order_by("user_id")[:USERS_LIMIT]


def as_answer(user: User) -> dict[str, str]:
    """Turn an ORM object into what the API shows of it."""
    return {"user_id": user.user_id, "username": user.username, "email": user.email}
