"""Addresses for those who run the site."""

from __future__ import annotations

from django.urls import path

from operations import status, views

app_name = "operations"
urlpatterns = [
    path("health/", status.status, name="status"),
    path("health/live", views.live, name="live"),
    path("health/ready", views.ready, name="ready"),
    path("metrics", views.metrics, name="metrics"),
]
