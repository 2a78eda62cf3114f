"""The URLs of the Researchers' pages."""

from __future__ import annotations

from django.urls import path
from django.views.decorators.http import require_safe
from django.views.generic import RedirectView

from accounts.access import require_role
from research.labels import views as labels
from research.registry import views as registry
from research.results import views as results
from research.runs import paper_views as papers
from research.runs import views as runs
from research.snapshots import views as snapshots
from research.studies import study_views as studies

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
    path("studies/", studies.studies, name="studies"),
    path("studies/begin/", studies.begin, name="study-begin"),
    path("studies/<uuid:id>/", studies.study, name="study"),
    path("studies/<uuid:id>/states/", results.states, name="study-states"),
    path("studies/<uuid:id>/name/", studies.name, name="study-name"),
    path("studies/<uuid:id>/statement/", studies.statement, name="study-statement"),
    path("snapshots/", snapshots.snapshots, name="snapshots"),
    path("snapshots/ask/", snapshots.ask, name="snapshot-ask"),
    path("snapshots/import/", snapshots.bring_in, name="snapshot-import"),
    path("snapshots/<uuid:id>/", snapshots.snapshot, name="snapshot"),
    path("snapshots/<uuid:id>/live/", snapshots.live, name="snapshot-live"),
    path("snapshots/<uuid:id>/export/", snapshots.export, name="snapshot-export"),
    path("snapshots/<uuid:id>/delete/", snapshots.delete, name="snapshot-delete"),
    path("runs/", runs.runs, name="runs"),
    path("runs/start/", runs.start, name="run-start"),
    path("runs/<uuid:id>/", runs.run, name="run"),
    path("runs/<uuid:id>/live/", runs.live, name="run-live"),
    path("runs/<uuid:id>/cancel/", runs.cancel, name="run-cancel"),
    path("tables/", papers.tables, name="tables"),
    path("tables/start/", papers.start, name="tables-start"),
    path("predictors/", registry.registry, name="predictors"),
    path("predictors/rollback/", registry.rollback, name="predictor-rollback"),
    path("predictors/<slug:name>/", registry.predictor, name="predictor"),
    path("predictors/<slug:name>/act/", registry.act, name="predictor-act"),
]
