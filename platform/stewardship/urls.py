"""URLs of the Steward's pages."""

from __future__ import annotations

from django.urls import path

from stewardship import request_views, views
from stewardship.documents import views as document_views
from stewardship.erasures import views as erasure_views
from stewardship.legal_profile import change_views
from stewardship.people import action_views, bulk_views, mfa_reset_views
from stewardship.people import views as people_views
from stewardship.people.imports import row_views
from stewardship.people.imports import views as import_views
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
    path("people/bulk/", bulk_views.act_on_several, name="people-bulk"),
    path("people/export/", people_views.export_people, name="people-export"),
    path("people/import/", import_views.import_people, name="people-import"),
    path("people/import/<uuid:id>/", import_views.import_run, name="people-import-run"),
    path("people/import/<uuid:id>/progress/", import_views.progress, name="people-import-progress"),
    path(
        "people/import/<uuid:id>/rows/<int:number>/",
        row_views.import_row,
        name="people-import-row",
    ),
    path(
        "people/import/<uuid:id>/errors/",
        import_views.download_errors,
        name="people-import-errors",
    ),
    path("people/<uuid:code>/", views.person_page, name="person"),
    path("people/<uuid:code>/account/", people_views.account_page, name="account"),
    path("people/<uuid:code>/edit/", people_views.edit_person, name="person-edit"),
    path("people/<uuid:code>/lock/", action_views.lock, name="person-lock"),
    path("people/<uuid:code>/sign-out/", action_views.sign_out, name="person-sign-out"),
    path("people/<uuid:code>/sso/", action_views.disconnect, name="person-sso"),
    path("people/<uuid:code>/link/", action_views.make_link, name="person-link"),
    path("people/<uuid:code>/link/send/", action_views.send_link, name="person-link-send"),
    path("people/<uuid:code>/guardians/", action_views.change_guardian, name="person-guardians"),
    path(
        "people/<uuid:code>/nomination/", action_views.decide_nomination, name="person-nomination"
    ),
    path("people/<uuid:code>/erase/", views.erase, name="erase"),
    path("people/<uuid:code>/factor/", mfa_reset_views.remove_factor, name="factor"),
    path("erasures/", erasure_views.all_erasures, name="erasures"),
    path("erasures/<uuid:id>/", erasure_views.one_erasure, name="erasure"),
    path("erasures/<uuid:id>/certificate/", erasure_views.certificate, name="certificate"),
    path("requests/", request_views.queue, name="requests"),
    path("requests/<uuid:id>/", request_views.answer_request, name="request"),
    path("retention/", retention_views.overview, name="retention"),
    path("retention/review/", retention_views.sign_off_review, name="retention-review"),
    path("retention/holds/", retention_views.request_hold, name="hold-ask"),
    path("retention/holds/<uuid:id>/", retention_views.answer_hold, name="hold"),
    path("documents/", document_views.documents, name="documents"),
    path("documents/<slug:name>/", document_views.document, name="document"),
    path("documents/<slug:name>/<slug:form>/", document_views.download, name="document-file"),
    path("site/", site_views.edit_site, name="site"),
    path("audit/", views.audit_page, name="audit"),
]
