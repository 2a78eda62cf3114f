"""URLs for operators of the site."""

from __future__ import annotations

from django.urls import path

from health import status_views, views

app_name = "health"
urlpatterns = [
    path("health/", status_views.status, name="status"),
    path("health/live", views.live, name="live"),
    path("health/ready", views.ready, name="ready"),
    path("metrics", views.metrics, name="metrics"),
]
