"""Every address of the site; each app brings its own."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path
from drf_spectacular.views import SpectacularAPIView

from classroom import sittings_api
from operations.views import for_operators

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("operations.urls")),
    path("api/v1/sittings/", sittings_api.begin, name="sittings"),
    path("api/schema/", for_operators(SpectacularAPIView.as_view()), name="schema"),
    path("accounts/", include("accounts.urls")),
    path("teach/", include("teaching.urls")),
    path("steward/", include("stewardship.urls")),
    path("", include("classroom.urls")),
]
