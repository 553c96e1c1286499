"""The application that the target ``django-asgi`` serves: async views, Django's async ORM, uvicorn."""
