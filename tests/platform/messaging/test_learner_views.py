"""A Learner reads messages, replies, and chooses whether teachers may write."""

from __future__ import annotations

from uuid import uuid4

import pytest

from messaging.models import Conversation, ConversationReply
from messaging.templatetags.messaging import unread_messages

pytestmark = pytest.mark.django_db
UNREAD = '<span class="vh"> unread</span>'


def test_the_count_in_the_navigation_falls_when_it_is_opened(letters):
    letters.write("mia")
    letters.write("mia", text="Another.")
    home = letters.open("mia", "/")
    assert f"2{UNREAD}" in home
    assert "You have 2 new messages from teachers." in home
    for row in Conversation.objects.all():
        letters.open("mia", f"/messages/{row.id}/")
    home = letters.open("mia", "/")
    assert UNREAD not in home
    assert "new message" not in home


def test_a_reply_of_a_teacher_is_new_again(letters):
    letters.write("mia")
    letters.reply("mia")
    assert UNREAD not in letters.open("mia", "/")
    thread = letters.thread("mia")
    letters.client("ines").post(letters.url(f"{thread.id}/"), {"id": uuid4(), "text": "Good."})
    assert f"1{UNREAD}" in letters.open("mia", "/")
    assert 'class="tag act">new' in letters.open("mia", "/messages/")


def test_a_learner_replies_once(letters):
    letters.write("mia")
    path, sent = f"/messages/{letters.thread('mia').id}/", {"id": uuid4(), "text": "Thanks, noah"}
    for _ in range(2):
        assert letters.client("mia").post(path, sent).status_code == 302
    assert ConversationReply.objects.count() == 1
    assert "Thanks, noah" in letters.open("mia", path)
    assert letters.client("mia").post(path, {"id": uuid4(), "text": ""}).status_code == 422


def test_a_thread_is_nobody_elses(letters):
    letters.write("mia")
    path = f"/messages/{letters.thread('mia').id}/"
    for name in ("noah", "mallory", "ines"):
        assert letters.client(name).get(path).status_code == 404
        assert letters.client(name).post(path, {"text": "Hi"}).status_code == 404


def test_who_left_the_course_has_left_its_threads(letters):
    letters.write("mia")
    letters.course.enrolments.filter(user=letters.people["mia"]).delete()
    assert letters.client("mia").get(f"/messages/{letters.thread('mia').id}/").status_code == 404
    assert UNREAD not in letters.open("mia", "/")
    assert "No messages yet" in letters.open("mia", "/messages/")


@pytest.mark.parametrize("chosen", ["mail", "here", "off"])
def test_the_choice_is_kept_and_shown(letters, chosen):
    sent = letters.client("mia").post("/messages/choice/", {"teacher_messages": chosen})
    assert sent["Location"] == "/preferences/?saved=1"
    for page in ("/preferences/", "/messages/"):
        text = letters.open("mia", page)
        assert f'name="teacher_messages" value="{chosen}" checked' in text


def test_an_unknown_choice_is_refused(letters):
    sent = letters.client("mia").post("/messages/choice/", {"teacher_messages": "maybe"})
    assert sent.status_code == 400


def test_off_keeps_old_threads_and_ends_replies(letters):
    letters.write("mia")
    letters.client("mia").post("/messages/choice/", {"teacher_messages": "off"})
    path = f"/messages/{letters.thread('mia').id}/"
    assert "You switched off messages from teachers." in letters.open("mia", path)
    assert letters.client("mia").post(path, {"id": uuid4(), "text": "But"}).status_code == 422


def test_teachers_have_no_count(letters, rf):
    request = rf.get("/")
    request.user = letters.people["ines"]
    assert unread_messages({"request": request}) == 0
