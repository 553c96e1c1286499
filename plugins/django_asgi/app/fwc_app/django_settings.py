"""Django's own settings: the environment contract said in Django's words, and nothing that `users` does not need.

Both Django plugins have the same: no middleware, no templates, no apps but the one with the model.
"""

from __future__ import annotations

import os

from psycopg.conninfo import conninfo_to_dict

from fwc_app.settings import POOL_TIMEOUT_S, Settings

_settings = Settings.from_environment(os.environ)
_conninfo = conninfo_to_dict(_settings.database_url)

DEBUG = False
ROOT_URLCONF = "fwc_app.urls"
INSTALLED_APPS = ["fwc_app"]
MIDDLEWARE: list[str] = []
USE_I18N = False
USE_TZ = True
TIME_ZONE = "UTC"

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        # All of the URL is handed to libpq below; Django only wants to see a name. Without one libpq takes the user's.
        "NAME": _conninfo.pop("dbname", None) or _conninfo.get("user", ""),
        # Django's persistent connections belong to a thread: 40 threads would hold 40 of them, whatever POOL_SIZE
        # says, and under ASGI, where each request has a thread of its own, they would never be used again. The
        # pool belongs to the process, caps it, and excludes CONN_MAX_AGE; 0 means "back into the pool".
        "CONN_MAX_AGE": 0,
        # A check would be one more round trip whenever a connection leaves the pool.
        "CONN_HEALTH_CHECKS": False,
        "OPTIONS": {
            **_conninfo,
            "pool": {
                # Alike, so that no connection is closed for being idle: persistent, as many as allowed.
                "min_size": _settings.pool_size,
                "max_size": _settings.pool_size,
                "timeout": POOL_TIMEOUT_S,
            },
        },
    }
}

# Django's default shows nothing when DEBUG is off, and would mail errors: here they go to stderr, and so to target.log.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"stderr": {"class": "logging.StreamHandler"}},
    "loggers": {"django": {"handlers": ["stderr"], "level": "INFO"}},
}
