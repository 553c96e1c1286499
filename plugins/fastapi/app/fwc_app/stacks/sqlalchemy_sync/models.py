"""The contracts' tables as SQLAlchemy sees them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import DateTime, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from fwc_app.io_intensive import LONGEST_TEXT


class Base(DeclarativeBase):
    """Parent of the ORM models."""


class User(Base):
    """A row of the workload ``users``."""

    __tablename__ = "user"

    user_id: Mapped[str] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(unique=True)
    email: Mapped[str] = mapped_column(unique=True)


class ChangingUser(Base):
    """A row of ``io-intensive``. Aware times are in UTC, which MySQL keeps without saying so."""

    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(LONGEST_TEXT))
    email: Mapped[str] = mapped_column(String(LONGEST_TEXT), unique=True)
    age: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    updated_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
