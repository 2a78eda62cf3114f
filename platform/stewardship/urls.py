"""The Steward's pages."""

from __future__ import annotations

from django.urls import path

from stewardship import (
    certificate,
    document_pages,
    lost_factor,
    profile_views,
    requests,
    retention_pages,
    site_page,
    views,
)
from stewardship.people import acts as people_acts
from stewardship.people import bulk as people_bulk
from stewardship.people import export as people_export
from stewardship.people import views as people_views
from stewardship.people.importing import page as people_import
from stewardship.people.importing import row_page as people_import_row

app_name = "stewardship"
urlpatterns = [
    path("", views.profile, name="profile"),
    path("profile/change/", profile_views.change, name="profile-change"),
    path("profile/change/<uuid:id>/", profile_views.answer, name="profile-answer"),
    path("consents/", views.consents, name="consents"),
    path("people/", people_views.people, name="people"),
    path("people/add/", people_views.add, name="person-add"),
    path("people/bulk/", people_bulk.act_on_several, name="people-bulk"),
    path("people/export/", people_export.export, name="people-export"),
    path("people/import/", people_import.import_people, name="people-import"),
    path("people/import/<uuid:id>/", people_import.import_run, name="people-import-run"),
    path(
        "people/import/<uuid:id>/progress/", people_import.progress, name="people-import-progress"
    ),
    path(
        "people/import/<uuid:id>/rows/<int:number>/",
        people_import_row.import_row,
        name="people-import-row",
    ),
    path("people/import/<uuid:id>/errors/", people_import.errors, name="people-import-errors"),
    path("people/<uuid:code>/", views.person, name="person"),
    path("people/<uuid:code>/account/", people_views.account, name="account"),
    path("people/<uuid:code>/edit/", people_views.edit, name="person-edit"),
    path("people/<uuid:code>/lock/", people_acts.lock, name="person-lock"),
    path("people/<uuid:code>/sign-out/", people_acts.sign_out, name="person-sign-out"),
    path("people/<uuid:code>/sso/", people_acts.disconnect, name="person-sso"),
    path("people/<uuid:code>/link/", people_acts.link, name="person-link"),
    path("people/<uuid:code>/link/send/", people_acts.send_link, name="person-link-send"),
    path("people/<uuid:code>/guardians/", people_acts.guardian, name="person-guardians"),
    path("people/<uuid:code>/nomination/", people_acts.nomination, name="person-nomination"),
    path("people/<uuid:code>/erase/", views.erase, name="erase"),
    path("people/<uuid:code>/factor/", lost_factor.lost_factor, name="factor"),
    path("erasures/", views.all_erasures, name="erasures"),
    path("erasures/<uuid:id>/", views.one_erasure, name="erasure"),
    path("erasures/<uuid:id>/certificate/", certificate.certificate, name="certificate"),
    path("requests/", requests.queue, name="requests"),
    path("requests/<uuid:id>/", requests.one, name="request"),
    path("retention/", retention_pages.overview, name="retention"),
    path("retention/review/", retention_pages.review, name="retention-review"),
    path("retention/holds/", retention_pages.ask, name="hold-ask"),
    path("retention/holds/<uuid:id>/", retention_pages.hold, name="hold"),
    path("documents/", document_pages.documents, name="documents"),
    path("documents/<slug:name>/", document_pages.document, name="document"),
    path("documents/<slug:name>/<slug:form>/", document_pages.file, name="document-file"),
    path("site/", site_page.site, name="site"),
    path("audit/", views.leaves, name="audit"),
]
