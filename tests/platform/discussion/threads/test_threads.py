"""The list and a thread in use: write, reply, search, read, edit and restore."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from discussion import access, erasure
from discussion.models import Post, Thread, ThreadRead
from discussion.moderation import post_reports
from discussion.posts import member_names, post_store
from discussion.threads import read_state, thread_list, view_model

pytestmark = pytest.mark.django_db


def titles(page):
    return re.findall(r'threads/[0-9a-f-]+/">([^<]+)</a>', page)


def test_a_thread_is_started_and_answered_with_plain_forms(talk):
    fields = {"id": str(uuid.uuid4()), "title": " Why  nine? ", "text": "Why **9**, not $8$?"}
    begun = talk.post("mia", path="new/", **fields)
    thread = Thread.objects.get()
    assert begun["Location"] == f"{talk.url}threads/{thread.id}/"

    replied = talk.post("noah", thread, id=str(uuid.uuid4()), text="It undoes the sum.")
    page = talk.text("mia", thread)

    assert replied["Location"].startswith(f"{talk.url}threads/{thread.id}/#p-")
    assert "<h1>Why nine?</h1>" in page
    assert "<strong>9</strong>" in page
    assert "<math" in page
    assert "It undoes the sum." in page
    assert titles(talk.text("noah")) == ["Why nine?"]


def test_a_form_sent_twice_is_stored_once(talk):
    fields = {"id": str(uuid.uuid4()), "title": "Once", "text": "Once?"}
    first, second = (talk.post("mia", path="new/", **fields) for _ in range(2))
    thread = Thread.objects.get()
    reply = {"id": str(uuid.uuid4()), "text": "Twice."}
    for _ in range(2):
        assert talk.post("noah", thread, **reply).status_code == 302

    assert first["Location"] == second["Location"]
    assert Post.objects.count() == 2


def test_another_text_from_a_sent_form_is_not_lost(talk):
    """It was sent, changed after the page was slow to answer, and sent again."""
    begun = {"id": str(uuid.uuid4()), "title": "Once", "text": "Once?"}
    talk.post("mia", path="new/", **begun)
    thread = Thread.objects.get()
    reply = {"id": str(uuid.uuid4()), "text": "Yes."}
    talk.post("noah", thread, **reply)
    for who, where, sent in (
        ("mia", {"path": "new/"}, {**begun, "title": "Twice"}),
        ("mia", {"path": "new/"}, {**begun, "moment": "0:10"}),
        ("noah", {"thread": thread}, {**reply, "text": "No."}),
    ):
        before = Post.objects.count()
        page = talk.post(who, **where, **sent)
        assert page.status_code == 422
        (fresh,) = re.findall(r'name="id" value="([^"]+)"', page.content.decode())
        assert talk.post(who, **where, **{**sent, "id": fresh}).status_code == 302
        assert Post.objects.count() == before + 1


def test_the_id_of_another_person_s_post_changes_nothing(talk):
    thread = talk.begin()
    other = talk.reply(thread, "noah")

    sent = talk.post("mia", thread, id=str(other.id), text="Mine now.")
    begun = talk.post("noah", path="new/", id=str(thread.id), title="Mine", text="Mine now.")

    assert (sent.status_code, begun.status_code) == (422, 422)
    assert "Mine now." in sent.content.decode()
    assert post_store.text_of(other) == "Because it undoes the sum."


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"title": "", "text": "No title"}, "Enter a title of one line"),
        ({"title": "No text", "text": "  "}, "Write something first"),
        ({"title": "x" * 121, "text": "Long"}, "The title is 1 character too long"),
        ({"title": "Long", "text": "x" * 5001}, "The text is 1 character too long"),
        ({"title": "When", "text": "When?", "moment": "soon"}, "such as 1:32"),
        ({"title": "When", "text": "When?", "moment": "9:59"}, "such as 1:32"),
    ],
)
def test_invalid_input_returns_with_its_text_and_a_message(talk, fields, why):
    response = talk.post("mia", path="new/", id=str(uuid.uuid4()), **fields)
    page = response.content.decode()

    assert response.status_code == 422
    assert why in page
    assert fields["text"].strip() in page
    assert not Thread.objects.exists()


def test_a_thread_links_to_its_moment_of_the_video(talk):
    asked = talk.text("mia", path="?t=32")
    talk.post(
        "mia", path="new/", id=str(uuid.uuid4()), title="Here", text="What is it?", moment="0:32"
    )
    thread = Thread.objects.get()

    assert 'name="moment" value="0:32"' in asked
    assert thread.time_s == 32
    assert f"/units/{talk.unit.code}/?t=32.0#player" in talk.text("noah", thread)
    assert "at 0:32" in talk.text("noah")


def test_pinned_threads_come_first_then_the_latest_post(talk):
    first, second, third = (talk.begin(title=f"No {n}") for n in (1, 2, 3))
    talk.reply(first)
    talk.do("ines", second, "pin")

    assert titles(talk.text("mia")) == ["No 2", "No 1", "No 3"]
    assert third.pinned is False


def test_the_list_filters_by_unanswered_and_own_threads(talk):
    answered, waiting = talk.begin(title="Answered"), talk.begin("ines", title="Waiting")
    talk.reply(answered)

    assert titles(talk.text("mia", path="?show=unanswered")) == ["Waiting"]
    assert titles(talk.text("mia", path="?show=mine")) == ["Answered"]
    assert titles(talk.text("noah", path="?show=mine")) == ["Answered"]
    talk.do("ines", waiting, "delete", waiting.posts.get())
    assert "No unanswered threads" in talk.text("mia", path="?show=unanswered")


def test_the_list_has_pages(talk):
    for number in range(21):
        talk.begin(title=f"No {number}")
    first, second = talk.text("mia"), talk.text("mia", path="?page=2")

    assert len(titles(first)) == 20
    assert titles(second) == ["No 0"]
    assert "Older" in first
    assert "Newer" in second


def test_search_finds_titles_and_replies_and_stays_out_of_urls(talk):
    thread = talk.begin(title="Why nine?")
    talk.begin(title="Something else", text="Nothing about nine to see.")
    talk.reply(thread, text="Because of the balance.")

    page = talk.post("mia", words="BALANCE nine").content.decode()
    nothing = talk.post("mia", words="zebra").content.decode()

    assert titles(page) == ["Why nine?"]
    assert "No threads found" in nothing
    assert "words=" not in page


def test_a_search_makes_as_many_queries_for_many_threads_as_for_few(talk):
    client = talk.client("mia")

    def asked(words="nine"):
        with CaptureQueriesContext(connection) as queries:
            found = client.post(talk.url, {"words": words}).content.decode()
        return len(queries), len(titles(found))

    talk.begin()
    asked()
    few, one = asked()
    for _ in range(4):
        talk.reply(talk.begin())
    many, all_ = asked()

    assert (one, all_) == (1, 5)
    assert many == few


def test_a_page_unseals_each_name_once(talk, monkeypatch):
    """In titles, posts and reports: a search may read hundreds of posts."""
    unsealed = []
    name = member_names.name_or_blank

    def counted(user):
        unsealed.append(user.pk)
        return name(user)

    for _ in range(3):
        thread = talk.begin(title="Nine, mia and noah?", text="Ask @noah or @ines about nine.")
        post = talk.reply(thread, who="noah", text="Nine, says @mia, and noah.")
        post_reports.report(post, talk.people["mia"], why="Noah and ines.", now=talk.later())
    readers = {
        who: access.reader_of(talk.people[who], talk.unit.code, now=talk.later())
        for who in ("mia", "ines")
    }
    monkeypatch.setattr(member_names, "name_or_blank", counted)
    pages = (
        lambda: thread_list.page(readers["mia"], show="all", number=1),
        lambda: thread_list.search(readers["mia"], "nine", show="all"),
        lambda: view_model.thread_view(readers["mia"], thread, now=talk.later()),
        lambda: post_reports.open_reports(talk.unit.course, now=talk.later()),
    )
    for page in pages:
        unsealed.clear()
        assert page()
        assert sorted(set(unsealed)) == sorted(unsealed) != []


def test_new_posts_are_counted_until_the_thread_is_read(talk):
    thread = talk.begin()
    talk.reply(thread)
    mia, unit = talk.people["mia"], talk.unit
    assert sum(read_state.new_post_counts(mia, unit).values()) == 1
    beside = talk.client("mia").get(f"/units/{unit.code}/").content.decode()
    assert "1 new" in beside

    talk.text("mia", thread)

    assert read_state.new_post_counts(mia, unit) == {}
    assert sum(read_state.new_post_counts(talk.people["ines"], unit).values()) == 2
    talk.post("ines", path="read/")
    assert read_state.new_post_counts(talk.people["ines"], unit) == {}
    assert ThreadRead.objects.filter(person=talk.people["ines"]).count() == 1


def test_only_its_author_edits_a_post_and_the_edit_is_marked(talk):
    thread = talk.begin()
    post = thread.posts.get()
    path = f"posts/{post.id}/edit/"

    assert talk.page("noah", thread, path).status_code == 403
    assert talk.post("noah", thread, path, text="Not mine").status_code == 403
    assert talk.post("mia", thread, path, title="New", text="").status_code == 422
    talk.post("mia", thread, path, title="New title", text="New text")

    page = talk.text("noah", thread)
    assert "New title" in page
    assert "New text" in page
    assert "edited" in page


def test_a_deleted_post_can_be_restored_for_ten_minutes(talk):
    thread = talk.begin()
    reply = talk.reply(thread)
    talk.do("noah", thread, "delete", reply)
    assert "Because it undoes" not in talk.text("mia", thread)
    assert "You deleted this post" in talk.text("noah", thread)

    talk.do("noah", thread, "take_back", reply)
    assert "Because it undoes" in talk.text("mia", thread)

    talk.do("noah", thread, "delete", reply)
    now = timezone.now()
    assert erasure.forget_deleted(now=now + timedelta(minutes=9)) == 0
    assert erasure.forget_deleted(now=now + timedelta(minutes=11)) == 1
    assert not Post.objects.filter(id=reply.id).exists()


def test_after_ten_minutes_a_post_cannot_be_restored_before_the_sweep(talk):
    thread = talk.begin()
    reply = talk.reply(thread)
    Post.objects.filter(id=reply.id).update(deleted_at=timezone.now() - timedelta(minutes=11))

    refused = talk.do("noah", thread, "take_back", reply)

    assert refused.status_code == 422
    assert "cannot be restored" in refused.content.decode()
    assert "You deleted" not in talk.text("noah", thread)


def test_a_deleted_question_keeps_its_place_only_if_it_has_replies(talk):
    thread, alone = talk.begin(title="Asked"), talk.begin(title="Alone")
    talk.reply(thread)
    for each in (thread, alone):
        talk.do("mia", each, "delete", each.posts.get(opens=True))
    erasure.forget_deleted(now=timezone.now() + timedelta(minutes=11))

    page = talk.text("noah", thread)
    assert "deleted by its author" in page
    assert "Because it undoes" in page
    assert "Asked" not in page
    assert list(Thread.objects.all()) == [thread]


def test_the_live_part_is_304_until_something_changes(talk):
    thread = talk.begin()
    client = talk.client("mia")
    url = f"{talk.url}threads/{thread.id}/live/"
    first = client.get(url)
    same = client.get(url, headers={"If-None-Match": first["ETag"]})
    talk.reply(thread)
    changed = client.get(url, headers={"If-None-Match": first["ETag"]})
    lists = client.get(f"{talk.url}live/")

    assert (first.status_code, same.status_code, changed.status_code) == (200, 304, 200)
    assert "Because it undoes" in changed.content.decode()
    assert "csrf" not in changed.content.decode()
    talk.begin(title="Another")
    again = client.get(f"{talk.url}live/", headers={"If-None-Match": lists["ETag"]})
    assert "Another" in again.content.decode()
