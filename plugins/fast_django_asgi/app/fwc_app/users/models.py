"""The table of ``users`` as fast-django's ORM sees it. It reads the rows and makes no schema."""

from __future__ import annotations

from fast_django.orm import Model, fields


class User(Model):
    """A row of the workload ``users``. Tortoise wants a length for a text that is a key; the column has none."""

    user_id = fields.CharField(max_length=36, primary_key=True)
    username = fields.CharField(max_length=255, unique=True)
    email = fields.CharField(max_length=255, unique=True)

    class Meta:
        """Where the rows are."""

        table = "user"
