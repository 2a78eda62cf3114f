"""After an erasure the person's texts are gone, and the texts of others remain."""

from __future__ import annotations

import json

import pytest
from django.utils import timezone

from discussion.models import Flag, Helpful, Mention, Post, Thread, ThreadRead
from discussion.moderation import post_reports
from discussion.posts import post_store
from discussion.threads import read_state
from privacy.erasure import erasure
from privacy.export import data_export
from privacy.export.row_decryption import copy_for
from privacy.export.tables import tables_of
from tests.fixtures.users import make
from vault.errors import KeyDestroyed
from vault.sealed_values import unseal_value

pytestmark = pytest.mark.django_db


def erase(person):
    return erasure.erase(person.code, actor=None, cause="request", now=timezone.now())


def test_replies_of_others_stay_below_an_erased_post(talk):
    thread = talk.begin(title="Mine", text="Only mine.")
    talk.reply(thread, "noah", "A good reply.")
    sealed, post = bytes(thread.posts.get(opens=True).sealed), thread.posts.get(opens=True)
    place = post_store.text_place(post.id, talk.people["mia"].code)

    erase(talk.people["mia"])

    page = talk.text("noah", thread)
    assert "This post was removed with its author" in page
    assert "A good reply." in page
    assert "Only mine." not in page
    with pytest.raises(KeyDestroyed):
        unseal_value(sealed, place=place)
    thread.refresh_from_db()
    assert (thread.author, thread.title_sealed, thread.time_s) == (None, None, None)
    assert Post.objects.get(opens=True).sealed is None
    assert "A question that no longer exists" in talk.text("noah")


def test_a_thread_without_other_authors_is_deleted(talk):
    thread = talk.begin()
    talk.reply(thread, "mia")

    erase(talk.people["mia"])

    assert not Thread.objects.exists()
    assert not Post.objects.exists()


def test_a_thread_is_deleted_with_its_last_author(talk):
    thread = talk.begin()
    talk.reply(thread, "noah")
    erase(talk.people["mia"])
    assert Thread.objects.count() == 1

    erase(talk.people["noah"])

    assert not Thread.objects.exists()


def test_an_erased_answer_is_no_longer_accepted(talk):
    thread = talk.begin()
    talk.do("mia", thread, "accept", talk.reply(thread, "noah"))
    before = Thread.objects.get().version

    erase(talk.people["noah"])

    thread.refresh_from_db()
    assert not thread.posts.filter(accepted=True).exists()
    assert thread.version > before
    assert "accepted answer" not in talk.text("mia", thread)


@pytest.mark.parametrize("gone", ["mia", "noah"])
def test_mentions_flags_and_marks_are_erased_with_either_person(talk, gone):
    thread = talk.begin(text="@noah, please look.")
    post = thread.posts.get()
    talk.reply(thread, "ines", "Let us wait.")
    post_reports.report(post, talk.people["noah"], why="A reason.", now=timezone.now())
    talk.do("noah", thread, "helpful", post)
    talk.text("noah", thread)

    erase(talk.people[gone])

    assert not Mention.objects.exists()
    assert not Flag.objects.exists()
    assert not Helpful.objects.exists()
    assert not ThreadRead.objects.filter(person__isnull=True).exists()
    assert "Let us wait." in talk.text("ines", thread)
    if gone == "noah":
        page = talk.text("mia", thread)
        assert "@a former member, please look." in page.replace('<span class="at">', "").replace(
            "</span>", ""
        )
        assert "noah" not in page


def test_a_handled_report_stays_when_its_teacher_is_erased(talk):
    """Two Stewards exist, because the last one cannot be erased."""
    thread = talk.begin()
    make("amir", now=timezone.now())
    sara = make("sara", now=timezone.now())
    post_reports.report(thread.posts.get(), talk.people["noah"], why="Rude.", now=timezone.now())
    post_reports.mark_handled(
        talk.unit.course, str(Flag.objects.get().id), sara, now=timezone.now()
    )

    erase(sara)

    assert Flag.objects.get().handled_by is None


def test_pages_work_while_keys_are_destroyed_and_rows_remain(talk):
    from vault.keystore import ALL, open_keystore

    thread = talk.begin(title="Mine", text="Only mine, @ines.")
    talk.reply(thread, "noah", "Still here.")
    post_reports.report(
        thread.posts.get(opens=True), talk.people["noah"], why="No.", now=timezone.now()
    )
    open_keystore().destroy(talk.people["mia"].code, ALL)

    assert "Still here." in talk.text("noah", thread)
    assert "A question that no longer exists" in talk.text("noah")
    assert talk.post("noah", words="mine").status_code == 200
    assert talk.client("ines").get("/").status_code == 200
    queue = talk.client("ines").get(f"/teach/{talk.unit.course.slug}/discussion/")
    assert "No reported posts" in queue.content.decode()


def test_an_export_holds_only_the_person_s_own_words(talk):
    thread = talk.begin(title="My title", text="My words.")
    talk.reply(thread, "noah", "Words of noah.")
    post_reports.report(
        thread.posts.last(), talk.people["mia"], why="My reason.", now=timezone.now()
    )

    copy = copy_for(talk.people["mia"], now=timezone.now())
    told = {
        table.name: list(table.rows(copy))
        for table in tables_of(copy)
        if table.name.startswith("discussion_")
    }

    assert [row["sealed"] for row in told["discussion_post"]] == ["My words."]
    assert [row["title_sealed"] for row in told["discussion_thread"]] == ["My title"]
    assert [row["sealed"] for row in told["discussion_flag"]] == ["My reason."]
    assert "Words of noah." not in json.dumps(told, default=str)
    assert "noah" not in b"".join(
        data_export.stream(talk.people["mia"], now=timezone.now())
    ).decode("latin-1")


def test_a_withdrawal_erases_no_posts(talk):
    thread = talk.begin()
    from discussion.erasure import forget_posts, forget_threads

    code = talk.people["mia"].code
    assert forget_posts(code, ["pointer:adapt"]) == 0
    assert forget_threads(code, ["pointer:adapt"]) == 0
    assert post_store.text_of(thread.posts.get()) == "Why do we subtract 9?"
    assert sum(read_state.new_post_counts(talk.people["noah"], talk.unit).values()) == 1
