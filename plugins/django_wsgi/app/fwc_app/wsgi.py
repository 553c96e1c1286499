"""The WSGI application, made once in each worker and never before the fork: the pool has threads."""

from __future__ import annotations

import os

from django.core.handlers.wsgi import WSGIHandler
from django.core.wsgi import get_wsgi_application
from gunicorn.config import Config

from fwc_app import facts


def create_app(config: Config) -> WSGIHandler:
    """Set Django up, and leave the server's configuration where ``/facts`` finds it: WSGI hands a view none."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "fwc_app.django_settings"
    facts.served_with(config)
    return get_wsgi_application()
