"""URLs of the Steward's pages."""

from __future__ import annotations

from django.urls import path

from stewardship import request_views, views
from stewardship.documents import views as documents_views
from stewardship.erasures import certificate_views
from stewardship.legal_profile import change_views
from stewardship.people import action_views as people_acts
from stewardship.people import bulk_views as people_bulk
from stewardship.people import export_views as people_export
from stewardship.people import mfa_reset_views
from stewardship.people import views as people_views
from stewardship.people.imports import row_views as people_import_row
from stewardship.people.imports import views as people_import
from stewardship.retention import views as retention_views
from stewardship.site import views as site_views

app_name = "stewardship"
urlpatterns = [
    path("", views.profile_page, name="profile"),
    path("profile/change/", change_views.change_profile, name="profile-change"),
    path("profile/change/<uuid:id>/", change_views.answer_change, name="profile-answer"),
    path("consents/", views.consents, name="consents"),
    path("people/", people_views.people, name="people"),
    path("people/add/", people_views.add_person, name="person-add"),
    path("people/bulk/", people_bulk.act_on_several, name="people-bulk"),
    path("people/export/", people_export.export_people, name="people-export"),
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
    path(
        "people/import/<uuid:id>/errors/",
        people_import.download_errors,
        name="people-import-errors",
    ),
    path("people/<uuid:code>/", views.person_page, name="person"),
    path("people/<uuid:code>/account/", people_views.account_page, name="account"),
    path("people/<uuid:code>/edit/", people_views.edit_person, name="person-edit"),
    path("people/<uuid:code>/lock/", people_acts.lock, name="person-lock"),
    path("people/<uuid:code>/sign-out/", people_acts.sign_out, name="person-sign-out"),
    path("people/<uuid:code>/sso/", people_acts.disconnect, name="person-sso"),
    path("people/<uuid:code>/link/", people_acts.make_link, name="person-link"),
    path("people/<uuid:code>/link/send/", people_acts.send_link, name="person-link-send"),
    path("people/<uuid:code>/guardians/", people_acts.change_guardian, name="person-guardians"),
    path("people/<uuid:code>/nomination/", people_acts.decide_nomination, name="person-nomination"),
    path("people/<uuid:code>/erase/", views.erase, name="erase"),
    path("people/<uuid:code>/factor/", mfa_reset_views.remove_factor, name="factor"),
    path("erasures/", views.all_erasures, name="erasures"),
    path("erasures/<uuid:id>/", views.one_erasure, name="erasure"),
    path("erasures/<uuid:id>/certificate/", certificate_views.certificate, name="certificate"),
    path("requests/", request_views.queue, name="requests"),
    path("requests/<uuid:id>/", request_views.answer_request, name="request"),
    path("retention/", retention_views.overview, name="retention"),
    path("retention/review/", retention_views.sign_off_review, name="retention-review"),
    path("retention/holds/", retention_views.request_hold, name="hold-ask"),
    path("retention/holds/<uuid:id>/", retention_views.answer_hold, name="hold"),
    path("documents/", documents_views.documents, name="documents"),
    path("documents/<slug:name>/", documents_views.document, name="document"),
    path("documents/<slug:name>/<slug:form>/", documents_views.download, name="document-file"),
    path("site/", site_views.edit_site, name="site"),
    path("audit/", views.audit_page, name="audit"),
]
