"""What ``GET /health`` means: 200 once a pooled connection answers a statement, 503 while none does.

Each stack asks its own pool; the answers, and the error that stands for "no connection", are here. Without a
database there is nothing to ask, and the process serves as soon as it answers.
"""

from __future__ import annotations

from typing import Literal

from fastapi import Request, status
from fastapi.responses import JSONResponse
from pydantic import BaseModel


class Healthy(BaseModel):
    """The process serves, and its database answers if it has one."""

    status: Literal["ok"] = "ok"


class DatabaseUnreachableError(RuntimeError):
    """No working connection is to be had: at start this ends the process, on ``/health`` it is a 503."""

    def __init__(self, reason: BaseException) -> None:
        """Keep the first line of the driver's reason, which names host and port and never the password."""
        seen = str(reason).partition("\n")[0] or type(reason).__name__
        super().__init__(f"DATABASE_URL: saw {seen!r}, expected a database that answers there")


async def answer_unreachable(_request: Request, error: Exception) -> JSONResponse:
    """Turn the error into the answer that tells a prober to ask again later."""
    return JSONResponse({"status": "unreachable", "detail": str(error)}, status.HTTP_503_SERVICE_UNAVAILABLE)
