"""Every address of the site; each app brings its own."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path
from drf_spectacular.views import SpectacularAPIView

from operations.views import for_operators

handler404 = "config.api.not_found"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("operations.urls")),
    path("api/v1/", include("config.api_urls")),
    path("api/schema/", for_operators(SpectacularAPIView.as_view()), name="schema"),
    path("accounts/", include("accounts.urls")),
    path("", include("discussion.urls")),
    path("teach/", include("teaching.urls")),
    path("author/", include("authoring.urls")),
    path("steward/", include("stewardship.urls")),
    path("research/", include("research.urls")),
    path("", include("classroom.urls")),
]
