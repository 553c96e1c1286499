"""Django's own settings: the environment contract said in Django's words, and nothing that no workload needs.

Both Django plugins have the same: no middleware, no templates, no apps but the one with the models.
"""

from __future__ import annotations

import os

from fwc_app.engines import engine_of
from fwc_app.settings import Settings

CONTRACT = Settings.from_environment(os.environ)

DEBUG = False
ROOT_URLCONF = "fwc_app.urls"
INSTALLED_APPS = ["fwc_app"]
MIDDLEWARE: list[str] = []
USE_I18N = False
USE_TZ = True
TIME_ZONE = "UTC"

# Empty without a database, which Django takes for "none".
DATABASES = {}
if CONTRACT.database_url is not None:
    DATABASES["default"] = {
        **engine_of(CONTRACT.database_url).django_database(CONTRACT.database_url, CONTRACT.pool_size),
        # Django's persistent connections belong to a thread: 40 threads would hold 40 of them, whatever POOL_SIZE
        # says, and under ASGI, where each request has a thread of its own, they would never be used again. The
        # pool belongs to the process and caps it; 0 means "back into the pool".
        "CONN_MAX_AGE": 0,
        # A check would be one more round trip whenever a connection leaves the pool.
        "CONN_HEALTH_CHECKS": False,
    }

# Django's default shows nothing when DEBUG is off, and would mail errors: here they go to stderr, and so to target.log.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"stderr": {"class": "logging.StreamHandler"}},
    "loggers": {"django": {"handlers": ["stderr"], "level": "INFO"}},
}
