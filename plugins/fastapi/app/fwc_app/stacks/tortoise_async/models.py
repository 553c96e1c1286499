"""The contracts' tables as Tortoise sees them. It reads the rows and makes no schema."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model

from fwc_app.io_intensive import LONGEST_TEXT


class User(Model):
    """A row of the workload ``users``. Tortoise wants a length for a text that is a key; the column has none."""

    user_id = fields.CharField(max_length=36, primary_key=True)
    username = fields.CharField(max_length=255, unique=True)
    email = fields.CharField(max_length=255, unique=True)

    class Meta:
        """Where the rows are."""

        table = "user"


class ChangingUser(Model):
    """A row of ``io-intensive``. Aware times are in UTC, which MySQL keeps without saying so."""

    id = fields.IntField(primary_key=True)
    name = fields.CharField(max_length=LONGEST_TEXT)
    email = fields.CharField(max_length=LONGEST_TEXT, unique=True)
    age = fields.IntField()
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()

    class Meta:
        """Where the rows are."""

        table = "users"
