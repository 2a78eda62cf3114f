"""The Researcher's pages."""

from __future__ import annotations

from django.urls import path
from django.views.decorators.http import require_safe
from django.views.generic import RedirectView

from accounts.access import require_role
from research.labels import pages as labels

app_name = "research"
to_labels = RedirectView.as_view(pattern_name="research:labels")
first = require_safe(require_role("researcher")(to_labels))
urlpatterns = [
    path("", first, name="research"),
    path("labels/", labels.labels, name="labels"),
    path("labels/draw/", labels.draw, name="label-draw"),
    path("labels/<uuid:id>/", labels.task, name="label-task"),
    path("labels/<uuid:id>/agreement/", labels.agreement, name="agreement"),
    path("labels/moments/<uuid:id>/", labels.item, name="label-item"),
]
