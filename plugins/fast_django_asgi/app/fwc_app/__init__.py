"""The application that ``fast-django-asgi`` serves: a fast-django project, one package per installed app."""
