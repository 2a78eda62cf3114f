"""Each moderation act records a leaf about the author, who is notified of a hidden post."""

from __future__ import annotations

import pytest

from audit.models import Leaf
from discussion.moderation import hidden_posts

pytestmark = pytest.mark.django_db


def leaves():
    rows = Leaf.objects.filter(verb="post.moderate").order_by("at")
    return list(rows.values_list("public", flat=True))


def hide(talk, thread, post, why="unkind"):
    return talk.post("ines", thread, f"posts/{post.id}/hide/", why=why)


def test_hiding_and_showing_record_one_leaf_each(talk):
    thread = talk.begin()
    post = talk.reply(thread)
    hide(talk, thread, post)
    for _ in range(2):
        talk.do("ines", thread, "show", post)

    assert leaves() == ["what=hide why=unkind", "what=show"]


def test_locking_a_thread_records_a_leaf_and_again_none(talk):
    thread = talk.begin()
    for act in ("lock", "lock", "unlock", "pin"):
        talk.do("ines", thread, act)

    assert leaves() == ["what=lock", "what=unlock", "what=pin"]


def test_a_refused_act_records_no_leaf(talk):
    thread = talk.begin()
    post = talk.reply(thread)
    hide(talk, thread, post, why="because")
    talk.do("noah", thread, "lock")
    talk.do("noah", thread, "show", post)

    assert leaves() == []


def test_an_act_fails_if_its_leaf_cannot_be_recorded(talk, monkeypatch):
    thread = talk.begin()
    post = talk.reply(thread)
    client = talk.client("ines")
    client.raise_request_exception = False
    monkeypatch.setattr("audit.record", _fails)

    client.post(f"{talk.url}threads/{thread.id}/posts/{post.id}/hide/", {"why": "unkind"})
    client.post(f"{talk.url}threads/{thread.id}/act/", {"do": "lock"})

    post.refresh_from_db(), thread.refresh_from_db()
    assert (post.hidden_at, thread.locked) == (None, False)


def _fails(*_, **__):
    raise RuntimeError("the audit cannot write")


def test_the_author_is_notified_until_they_open_the_thread(talk):
    thread = talk.begin(title="Why nine?")
    post = talk.reply(thread, who="noah")
    hide(talk, thread, post)

    told = talk.client("noah").get("/").content.decode()
    assert "A teacher hid your post in “Why nine?”" in told
    assert "it is unkind" in told
    assert f"threads/{thread.id}/#p-{post.id}" in told
    assert "A teacher hid" not in talk.client("mia").get("/").content.decode()
    talk.text("noah", thread)
    assert "A teacher hid" not in talk.client("noah").get("/").content.decode()


def test_a_post_shown_again_is_not_reported_to_its_author(talk, noah):
    thread = talk.begin()
    post = talk.reply(thread, who="noah")
    hide(talk, thread, post)
    assert len(hidden_posts.hidden_posts_of(noah)) == 1
    talk.do("ines", thread, "show", post)

    assert hidden_posts.hidden_posts_of(noah) == ()
