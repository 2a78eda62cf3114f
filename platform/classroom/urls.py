"""The Learner's pages."""

from __future__ import annotations

from django.urls import path

from classroom import answers, consents, courses, journey, media, my_data, units

app_name = "classroom"
urlpatterns = [
    path("", courses.home, name="home"),
    path("courses/<slug:slug>/", courses.course, name="course"),
    path("units/<uuid:code>/", units.unit, name="unit"),
    path("units/<uuid:code>/answer/", answers.give, name="answer"),
    path("units/<uuid:code>/watched/", units.watched, name="watched"),
    path("units/<uuid:code>/done/", units.done, name="done"),
    path("media/units/<uuid:code>/<str:name>", media.unit_file, name="media"),
    path("media/<uuid:code>/<str:name>", media.course_file, name="course_media"),
    path("journey/", journey.journey, name="journey"),
    path("journey/correct/", journey.correct, name="correct"),
    path("my-data/", my_data.my_data, name="my_data"),
    path("my-data/erase/", my_data.erase, name="erase"),
    path("consents/", consents.consents, name="consents"),
    path("consents/withdraw/", consents.withdraw, name="withdraw"),
    path("consents/notices/<uuid:code>/", consents.notice, name="notice"),
]
