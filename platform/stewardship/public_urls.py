"""URLs that are open to everyone, signed in or not."""

from __future__ import annotations

from django.urls import path

from stewardship.site import accessibility_views, evidence_views, security_txt

app_name = "public"
urlpatterns = [
    path("accessibility/", accessibility_views.accessibility, name="accessibility"),
    path("evidence/", evidence_views.evidence, name="evidence"),
    path("evidence/figures.json", evidence_views.figures, name="evidence-figures"),
    path(security_txt.ADDRESS.removeprefix("/"), security_txt.security_text, name="security"),
]
