"""Addresses that are open to everybody, signed in or not."""

from __future__ import annotations

from django.urls import path

from stewardship import accessibility_page, security_text

app_name = "public"
urlpatterns = [
    path("accessibility/", accessibility_page.accessibility, name="accessibility"),
    path(security_text.ADDRESS.removeprefix("/"), security_text.security_text, name="security"),
]
