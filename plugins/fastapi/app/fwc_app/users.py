"""The workload ``users``: the shape of its answer, the same for every stack."""

from __future__ import annotations

from typing import Final

from pydantic import BaseModel, ConfigDict

USERS_LIMIT: Final = 100


class UserRead(BaseModel):
    """One user as the API shows it; read from a mapping or from an ORM object."""

    model_config = ConfigDict(from_attributes=True)

    user_id: str
    username: str
    email: str
