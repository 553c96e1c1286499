"""The table of ``io-intensive`` as fast-django's ORM sees it. It makes no schema."""

from __future__ import annotations

from fast_django.orm import Model, fields

from fwc_app.io_intensive.contract import LONGEST_TEXT


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
