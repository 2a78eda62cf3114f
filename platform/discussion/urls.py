"""The discussion beside each Unit, and the Teacher's queue of reports."""

from __future__ import annotations

from django.urls import path

from discussion import list_page, post_page, reports_page, thread_page

app_name = "discussion"
UNIT = "units/<uuid:code>/discussion/"
THREAD = f"{UNIT}threads/<uuid:id>/"
urlpatterns = [
    path(UNIT, list_page.discussion, name="list"),
    path(f"{UNIT}live/", list_page.live, name="list_live"),
    path(f"{UNIT}new/", list_page.begin, name="begin"),
    path(f"{UNIT}read/", list_page.read, name="read"),
    path(f"{UNIT}names/", list_page.names, name="names"),
    path(THREAD, thread_page.thread, name="thread"),
    path(f"{THREAD}live/", thread_page.live, name="thread_live"),
    path(f"{THREAD}act/", thread_page.act, name="act"),
    path(f"{THREAD}posts/<uuid:post>/<slug:act>/", post_page.post, name="post"),
    path("teach/<slug:slug>/discussion/", reports_page.reports, name="reports"),
]
