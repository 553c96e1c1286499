"""Who connects to a database."""

import secrets
from dataclasses import dataclass


@dataclass(frozen=True)
class Login:
    """A role and its password; the password stays out of ``repr``, and so out of logs."""

    role: str
    password: str

    @classmethod
    def drawn(cls, role: str) -> "Login":
        """Give a login with a password that nobody knows yet."""
        return cls(role, secrets.token_hex(16))

    def __repr__(self) -> str:
        return f"Login({self.role!r})"
