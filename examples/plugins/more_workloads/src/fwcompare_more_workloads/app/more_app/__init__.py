"""The application of target ``starlette-asyncpg``; it imports no fwcompare."""
