"""URLs of each Unit's discussion, of the Teacher's queue of reports, and of announcements."""

from __future__ import annotations

from django.urls import path

from discussion.announcements import learner_views, teacher_views
from discussion.moderation import moderation_views
from discussion.posts import post_views
from discussion.threads import thread_list_views, thread_views

app_name = "discussion"
UNIT = "units/<uuid:code>/discussion/"
TAUGHT = "teach/<slug:slug>/announcements/"
READ = "courses/<slug:slug>/announcements/"
THREAD = f"{UNIT}threads/<uuid:id>/"
urlpatterns = [
    path(UNIT, thread_list_views.discussion, name="list"),
    path(f"{UNIT}live/", thread_list_views.live, name="list_live"),
    path(f"{UNIT}new/", thread_list_views.begin, name="begin"),
    path(f"{UNIT}read/", thread_list_views.mark_all_read, name="read"),
    path(f"{UNIT}names/", thread_list_views.list_names, name="names"),
    path(THREAD, thread_views.thread, name="thread"),
    path(f"{THREAD}live/", thread_views.live, name="thread_live"),
    path(f"{THREAD}act/", thread_views.act, name="act"),
    path(f"{THREAD}posts/<uuid:post>/<slug:act>/", post_views.post, name="post"),
    path("teach/<slug:slug>/discussion/", moderation_views.reports, name="reports"),
    path(TAUGHT, teacher_views.announcements, name="announcements"),
    path(f"{TAUGHT}<uuid:id>/", teacher_views.write, name="announcement"),
    path(READ, learner_views.announcements, name="announced"),
    path(f"{READ}dismiss/", learner_views.dismiss, name="dismiss"),
]
