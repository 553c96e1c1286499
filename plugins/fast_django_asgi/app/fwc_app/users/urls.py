"""``GET /users``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from fast_django.routers import APIRouter
from fastapi import Request
from pydantic import BaseModel, ConfigDict

from fwc_app.pool import TortoiseDatabase
from fwc_app.users.models import User

USERS_LIMIT: Final = 100


class UserRead(BaseModel):
    """One user as the API shows it."""

    model_config = ConfigDict(from_attributes=True)

    user_id: str
    username: str
    email: str


router = APIRouter()


@router.get("/users", response_model=list[UserRead])
async def read_users(request: Request) -> Sequence[User]:
    """Answer the first users by id."""
    database: TortoiseDatabase = request.app.state.database
    async with database.turn():
        return await User.all().order_by("user_id").limit(USERS_LIMIT)
