"""The discussion API gives each person what the pages give them."""

from __future__ import annotations

import json
import uuid

import pytest
from django.test import Client
from django.utils import timezone

from accounts.api_tokens import api_tokens
from discussion.models import Flag, Post, Thread, ThreadRead
from discussion.moderation import hidden_posts
from tests.fixtures import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def ask(talk, demo):
    """Return `ask("mia", "get", path, said)`, which sends a request with their token."""

    def asked(who, method, path="", said=None, may="write"):
        token = api_tokens.make_token(talk.people[who], "phone", may, 7, now=timezone.now())[1]
        client = Client(headers={"authorization": f"Bearer {token}"})
        body = {"data": json.dumps(said or {}), "content_type": "application/json"}
        url = f"/api/v1/units/{talk.unit.code}/discussion/{path}"
        return getattr(client, method)(url, **({} if method == "get" else body))

    return asked


def test_threads_are_listed_page_by_page(ask, talk):
    for number in range(21):
        talk.begin(title=f"Question {number}")
    first = ask("noah", "get").json()
    assert [len(first["results"]), first["previous"]] == [20, None]
    assert first["results"][0]["title"] == "Question 20"
    assert first["results"][0]["who"] == {"name": "mia", "simulated": False, "teacher": False}
    last = ask("noah", "get", f"?{first['next'].partition('?')[2]}").json()
    assert [one["title"] for one in last["results"]] == ["Question 0"]
    assert (last["next"], last["previous"].endswith("page=1")) == (None, True)
    assert ask("noah", "get", "?show=mine").json()["results"] == []
    assert ask("noah", "get", "?show=theirs").status_code == 400


def test_a_thread_and_a_reply_sent_twice_are_stored_once(ask, talk):
    said = {"id": str(uuid.uuid4()), "title": "Why nine?", "text": "Why *nine*?", "moment": "0:10"}
    kept = [ask("mia", "post", "threads/", said) for _ in range(2)]
    assert [one.status_code for one in kept] == [201, 200]
    assert kept[0].json()["time_s"] == 10.0
    assert "<em>nine</em>" in kept[0].json()["posts"][0]["html"]
    reply = {"id": str(uuid.uuid4()), "text": "It undoes the sum."}
    path = f"threads/{said['id']}/replies/"
    assert [ask("noah", "post", path, reply).status_code for _ in range(2)] == [201, 200]
    assert (Thread.objects.count(), Post.objects.count()) == (1, 2)
    assert ask("mia", "post", path, reply).json()["code"] == "unsendable"


def test_an_invalid_post_is_refused_with_a_reason(ask, talk):
    thread = talk.begin()
    id = str(uuid.uuid4())
    for said in ({"id": id, "text": ""}, {"id": "1", "text": "x"}, {"id": id}):
        assert ask("mia", "post", f"threads/{thread.id}/replies/", said).status_code == 400
    bad = {"id": id, "title": "T", "text": "x", "moment": "soon"}
    assert ask("mia", "post", "threads/", bad).status_code == 422
    Thread.objects.update(locked=True)
    refused = ask("noah", "post", f"threads/{thread.id}/replies/", {"id": id, "text": "Late."})
    assert (refused.status_code, refused.json()["code"]) == (422, "unsendable")
    assert Post.objects.count() == 1


def test_only_the_asker_or_a_teacher_accepts_an_answer_by_api(ask, talk):
    thread = talk.begin()
    post = talk.reply(thread)
    path = f"threads/{thread.id}/posts/{post.id}/accept/"

    assert ask("noah", "post", path).status_code == 403
    assert ask("mia", "post", path).json()["posts"][1]["accepted"] is True
    assert ask("ines", "delete", path).json()["posts"][1]["accepted"] is False
    opening = thread.posts.get(opens=True)
    assert ask("mia", "post", f"threads/{thread.id}/posts/{opening.id}/accept/").status_code == 404


def test_a_report_reaches_the_teachers_without_the_reporter(ask, talk):
    thread = talk.begin()
    post = talk.reply(thread)
    path = f"threads/{thread.id}/posts/{post.id}/report/"

    assert ask("mia", "post", path, {"why": " "}).status_code == 400
    assert ask("mia", "post", path, {"why": "Unkind."}).status_code == 204
    assert Flag.objects.get().post == post
    assert ask("ines", "get", f"threads/{thread.id}/").json()["posts"][1].keys() >= {"html", "who"}
    assert b"Unkind" not in ask("noah", "get", f"threads/{thread.id}/").content


def test_only_its_author_and_teachers_get_the_text_of_a_hidden_post(ask, talk, ines):
    thread = talk.begin()
    post = talk.reply(thread, text="The answer is 5.")
    hidden_posts.hide(post, "answer", by=ines, now=timezone.now())

    for who, reads in (("mia", False), ("noah", True), ("ines", True)):
        told = ask(who, "get", f"threads/{thread.id}/").json()["posts"][1]
        assert (told["state"], "answer is 5" in told["html"]) == ("hidden", reads), who
    path = f"threads/{thread.id}/posts/{post.id}/report/"
    assert ask("mia", "post", path, {"why": "Unkind."}).status_code == 422


def test_a_stranger_sees_nothing_and_reading_marks_nothing(ask, talk):
    thread = talk.begin()
    for path in ("", f"threads/{thread.id}/"):
        assert ask("mallory", "get", path).status_code == 404
    said = {"id": str(uuid.uuid4()), "title": "In", "text": "In"}
    assert ask("mallory", "post", "threads/", said).status_code == 404
    assert ask("noah", "get", f"threads/{thread.id}/", may="read").status_code == 200
    assert ask("noah", "post", "threads/", said, may="read").status_code == 403
    assert not ThreadRead.objects.exists()
    assert Thread.objects.count() == 1


def test_it_is_closed_while_a_graded_test_can_be_taken(ask, talk):
    talk.unit = factories.make_quiz_unit(talk.unit.course)
    talk.unit.scenario = "graded"
    talk.unit.save(update_fields=["scenario"])
    refused = ask("mia", "get")
    assert (refused.status_code, refused.json()["code"]) == (403, "test_is_open")
