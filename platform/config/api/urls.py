"""`/api/v1/`: every address of the API."""

from __future__ import annotations

from django.urls import path

from discussion import api as discussion
from learner.api import attempts, consents, courses, me, questions, sittings
from realtime import device_api
from stewardship import api as stewardship
from teaching import api as teaching

app_name = "api"
THREADS = "units/<uuid:code>/discussion/threads/"
urlpatterns = [
    path("sittings/", sittings.begin, name="sittings"),
    path("devices/sitting/", device_api.find_sitting, name="device_sitting"),
    path("courses/", courses.CourseList.as_view(), name="courses"),
    path("courses/<slug:slug>/", courses.course, name="course"),
    path("courses/<slug:slug>/progress/", courses.progress, name="progress"),
    path("courses/<slug:slug>/mastery/", me.list_mastery, name="mastery"),
    path("units/<uuid:code>/", courses.unit, name="unit"),
    path("units/<uuid:code>/questions/", questions.QuestionList.as_view(), name="questions"),
    path("units/<uuid:code>/attempts/", attempts.list_attempts, name="attempts"),
    path("units/<uuid:code>/watched/", courses.record_watched, name="watched"),
    path("units/<uuid:code>/done/", courses.mark_done, name="done"),
    path("units/<uuid:code>/discussion/", discussion.list_threads, name="discussion"),
    path(THREADS, discussion.begin_thread, name="threads"),
    path(f"{THREADS}<uuid:id>/", discussion.read_thread, name="thread"),
    path(f"{THREADS}<uuid:id>/replies/", discussion.post_reply, name="replies"),
    path(f"{THREADS}<uuid:id>/posts/<uuid:post>/accept/", discussion.accept_reply, name="accept"),
    path(f"{THREADS}<uuid:id>/posts/<uuid:post>/report/", discussion.report_post, name="report"),
    path("questions/<uuid:code>/", questions.question, name="question"),
    path("questions/<uuid:code>/answers/", questions.answer, name="answers"),
    path("me/reports/", me.list_reports, name="reports"),
    path("me/estimates/", me.list_estimates, name="estimates"),
    path("me/estimates/<uuid:id>/dispute/", me.dispute, name="dispute"),
    path("me/consents/", consents.consents, name="consents"),
    path("me/consents/withdraw/", consents.withdraw, name="withdraw"),
    path("teach/<slug:slug>/learners/", teaching.roster, name="roster"),
    path("teach/<slug:slug>/progress/", teaching.progress, name="class_progress"),
    path("teach/<slug:slug>/grades/", teaching.grades, name="grades"),
    path("teach/<slug:slug>/now/", teaching.now, name="now"),
    path("steward/consents/", stewardship.consents, name="consent_counts"),
    path("steward/retention/", stewardship.retention, name="retention"),
]
