"""URLs of messages between Teachers and Learners."""

from __future__ import annotations

from django.urls import path

from messaging import learner_views, teacher_views

app_name = "messaging"
TAUGHT = "teach/<slug:slug>/messages/"
urlpatterns = [
    path("messages/", learner_views.inbox, name="inbox"),
    path("messages/choice/", learner_views.choose_messages, name="choice"),
    path("messages/<uuid:id>/", learner_views.conversation, name="conversation"),
    path(TAUGHT, teacher_views.threads, name="threads"),
    path(f"{TAUGHT}new/", teacher_views.new_message, name="new"),
    path(f"{TAUGHT}send/", teacher_views.send, name="send"),
    path(f"{TAUGHT}<uuid:id>/", teacher_views.thread, name="thread"),
]
