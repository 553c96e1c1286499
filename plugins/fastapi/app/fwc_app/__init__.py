"""The application that the FastAPI targets serve: one package, one module in ``stacks`` per target."""
