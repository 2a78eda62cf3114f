"""Every address of the site; each app defines its own."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, include, path

from config import csp_reports
from health.views import for_operators
from research.studies import approval_views


@for_operators
def schema(request: HttpRequest) -> HttpResponse:
    """Return the OpenAPI schema.

    Its generator is imported on request: it takes 5 MB of each web process.
    """
    from drf_spectacular.views import SpectacularAPIView

    return SpectacularAPIView.as_view()(request)


handler404 = "config.api.errors.not_found"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("health.urls")),
    path("api/v1/", include("config.api.urls")),
    path("api/schema/", schema, name="schema"),
    path("csp-reports/", csp_reports.count_reports, name="csp_reports"),
    path("accounts/", include("accounts.urls")),
    path("", include("discussion.urls")),
    path("", include("peers.urls")),
    path("", include("messaging.urls")),
    path("", include("lti.urls")),
    path("teach/", include("teaching.urls")),
    path("author/", include("authoring.urls")),
    path("steward/studies/", approval_views.approvals, name="study-approvals"),
    path("steward/studies/<uuid:id>/", approval_views.answer, name="study-approval"),
    path("steward/", include("stewardship.urls")),
    path("", include("stewardship.public_urls")),
    path("research/", include("research.urls")),
    path("", include("learner.urls")),
]
