"""Every address of the site; each app brings its own."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, include, path

from operations.views import for_operators


@for_operators
def schema(request: HttpRequest) -> HttpResponse:
    """OpenAPI. What describes it is loaded when it is asked for: 5 MB of each process of pages."""
    from drf_spectacular.views import SpectacularAPIView

    return SpectacularAPIView.as_view()(request)


handler404 = "config.api.not_found"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("operations.urls")),
    path("api/v1/", include("config.api_urls")),
    path("api/schema/", schema, name="schema"),
    path("accounts/", include("accounts.urls")),
    path("", include("discussion.urls")),
    path("teach/", include("teaching.urls")),
    path("author/", include("authoring.urls")),
    path("steward/", include("stewardship.urls")),
    path("research/", include("research.urls")),
    path("", include("classroom.urls")),
]
