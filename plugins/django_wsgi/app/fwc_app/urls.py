"""The routes, without a trailing slash: the contract's paths have none."""

from __future__ import annotations

from django.urls import path

from fwc_app.health import health
from fwc_app.views import facts, read_users

urlpatterns = [
    path("users", read_users),
    path("health", health),
    path("facts", facts),
]
