"""Access rights: members write, Teachers moderate, strangers get a 404."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from courses.models import Extra, Unit
from discussion.access import closed_by_test
from discussion.models import Flag, Helpful, Thread
from discussion.moderation import post_reports
from tests.fixtures import factories

pytestmark = pytest.mark.django_db


def queue(talk, who="ines"):
    return talk.client(who).get(f"/teach/{talk.unit.course.slug}/discussion/")


def test_a_stranger_gets_a_404_everywhere(talk):
    thread = talk.begin()
    post = thread.posts.get()
    paths = ("", "live/", "names/", f"threads/{thread.id}/", f"threads/{thread.id}/live/")

    assert {talk.page("mallory", path=path).status_code for path in paths} == {404}
    assert talk.post("mallory", path="new/", title="In", text="In").status_code == 404
    assert talk.post("mallory", thread, text="In").status_code == 404
    assert talk.do("mallory", thread, "helpful", post).status_code == 404
    assert talk.page("mallory", thread, f"posts/{post.id}/report/").status_code == 404
    assert queue(talk, "mallory").status_code == 404
    assert Thread.objects.count() == 1


def test_a_thread_of_another_unit_is_not_here(talk):
    thread = talk.begin()
    other = factories.make_reading_unit(talk.unit.course)

    found = talk.client("mia").get(f"/units/{other.code}/discussion/threads/{thread.id}/")

    assert found.status_code == 404


def test_a_learner_moderates_nothing(talk):
    thread = talk.begin()
    post = talk.reply(thread)
    acts = ("pin", "unpin", "lock", "unlock")

    assert {talk.do("noah", thread, act).status_code for act in acts} == {403}
    assert talk.do("noah", thread, "show", post).status_code == 403
    assert talk.page("noah", thread, f"posts/{post.id}/hide/").status_code == 403
    assert queue(talk, "noah").status_code == 403
    assert talk.do("mia", thread, "explode", post).status_code == 404


def test_a_closed_thread_takes_no_reply_and_no_change(talk):
    thread = talk.begin()
    talk.do("ines", thread, "lock")

    refused = talk.post("noah", thread, id=str(uuid.uuid4()), text="Late.")
    edited = talk.post(
        "mia", thread, f"posts/{thread.posts.get().id}/edit/", title="T", text="Changed"
    )

    assert (refused.status_code, edited.status_code) == (422, 422)
    assert "A teacher closed this thread to new replies" in refused.content.decode()
    assert "Late." in refused.content.decode()
    talk.do("ines", thread, "unlock")
    assert talk.post("noah", thread, id=str(uuid.uuid4()), text="Now.").status_code == 302


def test_a_hidden_post_says_why_and_its_author_and_teachers_still_read_it(talk):
    thread = talk.begin()
    post = talk.reply(thread, text="The answer is 5.")
    talk.do("mia", thread, "accept", post)
    path = f"posts/{post.id}/hide/"
    assert talk.post("ines", thread, path, why="because").status_code == 422
    talk.post("ines", thread, path, why="answer")

    for who, reads in (("mia", False), ("noah", True), ("ines", True)):
        page = talk.text(who, thread)
        assert "it gives away an answer" in page
        assert ("The answer is 5." in page) is reads, who
    assert not thread.posts.filter(accepted=True).exists()
    assert "The answer is 5." not in talk.text("mia", path="")
    talk.do("ines", thread, "show", post)
    assert "The answer is 5." in talk.text("mia", thread)


def test_the_answer_is_accepted_by_who_asked_or_a_teacher(talk):
    thread = talk.begin()
    post = talk.reply(thread)

    assert talk.do("noah", thread, "accept", post).status_code == 403
    assert talk.do("mia", thread, "accept", thread.posts.get(opens=True)).status_code == 404
    talk.do("mia", thread, "accept", post)
    assert "accepted answer" in talk.text("noah", thread)
    assert "answered" in talk.text("noah")
    talk.do("ines", thread, "unaccept", post)
    assert "accepted answer" not in talk.text("noah", thread)


def test_a_mark_counts_once_can_be_removed_and_is_refused_on_own_posts(talk):
    thread = talk.begin()
    post = thread.posts.get()

    assert talk.do("mia", thread, "helpful", post).status_code == 403
    for _ in range(2):
        talk.do("noah", thread, "helpful", post)
    assert Helpful.objects.count() == 1
    assert "1 person has the same question" in talk.text("mia", thread)
    talk.do("noah", thread, "unhelpful", post)
    assert not Helpful.objects.exists()


def test_a_report_reaches_the_teachers_without_a_name_and_can_be_undone(talk):
    thread = talk.begin()
    post = talk.reply(thread, text="Copy mine.")
    path = f"posts/{post.id}/report/"
    assert talk.post("mia", thread, path, why=" ").status_code == 422
    talk.post("mia", thread, path, why="It is the whole solution.")
    talk.post("mia", thread, path, why="It is the whole solution, really.")

    page = queue(talk).content.decode()
    flag = Flag.objects.get()
    assert "It is the whole solution, really." in page
    assert "Copy mine." in page
    assert "noah" in page
    assert "mia" not in page
    url = f"/teach/{talk.unit.course.slug}/discussion/"
    talk.client("ines").post(url, {"handled": str(flag.id)})
    assert "No reported posts" in queue(talk).content.decode()
    talk.client("ines").post(url, {"undo": str(flag.id)})
    assert "1 report to check" in queue(talk).content.decode()


def test_a_handled_report_reopens_within_ten_minutes_for_its_teachers_only(talk):
    thread = talk.begin()
    post_reports.report(thread.posts.get(), talk.people["noah"], why="Rude.", now=timezone.now())
    flag, ines = Flag.objects.get(), talk.people["ines"]
    post_reports.mark_handled(
        talk.unit.course, str(flag.id), ines, now=timezone.now() - timedelta(minutes=11)
    )
    url = f"/teach/{talk.unit.course.slug}/discussion/"
    other = factories.make_course()
    factories.make_enrolment(ines, other, role="teacher")

    assert talk.client("ines").post(url, {"undo": str(flag.id)}).status_code == 404
    assert talk.client("ines").post(url, {"handled": "nonsense"}).status_code == 404
    elsewhere = f"/teach/{other.slug}/discussion/"
    assert talk.client("ines").post(elsewhere, {"handled": str(flag.id)}).status_code == 404


def test_a_graded_test_has_no_discussion_while_it_can_be_taken(talk, now):
    unit = factories.make_quiz_unit(talk.unit.course)
    thread_url = f"/units/{unit.code}/discussion/"
    Unit.objects.filter(pk=unit.pk).update(scenario="graded")

    page = talk.client("mia").get(thread_url)
    posted = talk.client("mia").post(f"{thread_url}new/", {"title": "Q3", "text": "What is it?"})

    assert (page.status_code, posted.status_code) == (403, 403)
    assert "The discussion opens after the test" in page.content.decode()
    for who in ("mia", "ines"):
        beside = talk.client(who).get(f"/units/{unit.code}/").content.decode()
        assert "Open the discussion" not in beside
    assert not Thread.objects.exists()


def test_the_discussion_opens_after_the_last_due_date(talk):
    unit = factories.make_quiz_unit(talk.unit.course)
    now = timezone.now()
    unit.scenario, unit.due_at = "graded", now + timedelta(hours=1)
    unit.save()
    assert closed_by_test(unit, now=now)
    after = now + timedelta(hours=2)
    assert not closed_by_test(unit, now=after)

    Extra.objects.create(
        learner=talk.people["noah"], unit=unit, by=talk.people["ines"],
        due_at=after + timedelta(hours=1), given_at=now,
    )  # fmt: skip
    assert closed_by_test(unit, now=after)
    Extra.objects.update(undone_at=after)
    assert not closed_by_test(unit, now=after)


def test_a_practice_test_has_a_discussion(talk):
    unit = factories.make_quiz_unit(talk.unit.course)
    Unit.objects.filter(pk=unit.pk).update(scenario="practice")

    assert talk.client("mia").get(f"/units/{unit.code}/discussion/").status_code == 200


def test_an_unopened_unit_has_no_discussion_for_learners(talk):
    Unit.objects.filter(pk=talk.unit.pk).update(opens_at=timezone.now() + timedelta(days=1))

    assert talk.page("mia").status_code == 403
    assert talk.page("ines").status_code == 200


def test_too_many_posts_in_a_minute_are_refused_with_a_message(talk):
    client = talk.client("mia")
    sent = [
        client.post(f"{talk.url}new/", {"title": f"No {n}", "text": "Again."}) for n in range(7)
    ]

    assert [each.status_code for each in sent] == [302] * 6 + [429]
    assert "Your last entry was not saved" in sent[-1].content.decode()
