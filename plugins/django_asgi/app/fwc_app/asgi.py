"""The ASGI application, made once in each worker, inside its event loop."""

from __future__ import annotations

import asyncio
import os
from concurrent.futures import ThreadPoolExecutor

from django.core.asgi import get_asgi_application
from django.core.handlers.asgi import ASGIHandler

from fwc_app.settings import Settings


def create_app() -> ASGIHandler:
    """Set Django up, and cap the loop's own thread pool.

    The cap holds for ``sync_to_async(thread_sensitive=False)``, which ``sync_baseline`` alone uses: Django runs
    sync code, its ORM included, on one thread per request under way, and offers no limit for that. Requests on
    those threads wait for a pooled connection.
    """
    os.environ["DJANGO_SETTINGS_MODULE"] = "fwc_app.django_settings"
    executor = ThreadPoolExecutor(Settings.from_environment(os.environ).threads)
    asyncio.get_running_loop().set_default_executor(executor)
    return get_asgi_application()
