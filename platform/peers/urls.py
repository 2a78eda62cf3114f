"""URLs of the help between classmates: the Learner's page and the Teacher's."""

from __future__ import annotations

from django.urls import path

from peers import learner_views, teacher_views

app_name = "peers"
urlpatterns = [
    path("courses/<slug:slug>/classmates/", learner_views.classmates, name="classmates"),
    path("courses/<slug:slug>/classmates/<uuid:id>/", learner_views.answer, name="answer"),
    path("teach/<slug:slug>/classmates/", teacher_views.requests_page, name="requests"),
]
