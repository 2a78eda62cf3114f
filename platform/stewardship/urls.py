"""The Steward's pages."""

from __future__ import annotations

from django.urls import path

from stewardship import views

app_name = "stewardship"
urlpatterns = [
    path("", views.profile, name="profile"),
    path("consents/", views.consents, name="consents"),
    path("people/<uuid:code>/", views.person, name="person"),
    path("people/<uuid:code>/erase/", views.erase, name="erase"),
    path("erasures/", views.all_erasures, name="erasures"),
    path("erasures/<uuid:id>/", views.one_erasure, name="erasure"),
    path("audit/", views.leaves, name="audit"),
]
