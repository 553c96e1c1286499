"""The routes, without a trailing slash: the contract's paths have none. Which there are depends on the database."""

from __future__ import annotations

from django.conf import settings
from django.urls import path

from fwc_app import views
from fwc_app.engines import POSTGRESQL, engine_name
from fwc_app.health import health

urlpatterns = [
    path("health", health),
    path("facts", views.facts),
    path("sync_baseline", views.sync_baseline),
]
if settings.CONTRACT.database_url is not None:
    urlpatterns.append(path("io-intensive", views.io_intensive))
if engine_name(settings.CONTRACT.database_url) == POSTGRESQL:
    urlpatterns.append(path("users", views.read_users))
