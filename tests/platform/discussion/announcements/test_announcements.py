"""A Teacher writes to a course; its Learners read or dismiss that, and nobody else sees it."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from discussion.announcements import announcement_store, queries
from discussion.erasure import UNDO_WITHIN
from discussion.models import Announcement, AnnouncementMention, AnnouncementRead
from discussion.posts.post_store import Unsendable
from privacy.erasure import erasure
from tests.fixtures import factories
from tests.fixtures.users import client_for_person

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def course(talk):
    return talk.unit.course


def write(course, author, title="No lab on Friday", text="It moves to **Monday**.", **more):
    now = more.pop("now", timezone.now() - HOUR)
    return announcement_store.save(
        course,
        author,
        id=more.pop("id", uuid.uuid4()),
        title=title,
        text=text,
        shows_at=more.pop("shows_at", None),
        now=now,
    )


def mine(course):
    return f"/courses/{course.slug}/announcements/"


def taught(course, tail=""):
    return f"/teach/{course.slug}/announcements/{tail}"


def html(talk, who, path):
    response = talk.client(who).get(path)
    assert response.status_code == 200, response.status_code
    return response.content.decode()


def test_course_page_shows_newest_until_it_is_opened(talk, course, ines):
    write(course, ines, title="Older", now=timezone.now() - 3 * HOUR)
    write(course, ines)
    for page in (f"/courses/{course.slug}/", "/"):
        text = html(talk, "mia", page)
        assert "Announcement: No lab on Friday" in text
        assert "by ines" in text
        assert "and 1 more unread" in text
        assert "Announcement: Older" not in text
    everything = html(talk, "mia", mine(course))
    assert "<strong>Monday</strong>" in everything
    assert everything.count('class="tag act">new') == 2
    read = html(talk, "mia", f"/courses/{course.slug}/")
    assert "Announcement:" not in read
    assert f'<a href="{mine(course)}">Show them</a>' in read
    assert 'class="tag act">new' not in html(talk, "mia", mine(course))
    assert "Announcement: No lab" in html(talk, "noah", f"/courses/{course.slug}/")


def test_dismissed_is_not_opened_until_it_is(talk, course, ines, mia):
    row = write(course, ines)
    mia_s = talk.client("mia")
    sent = mia_s.post(f"{mine(course)}dismiss/", {"id": row.id})
    assert sent["Location"] == f"/courses/{course.slug}/"
    assert "Announcement:" not in html(talk, "mia", f"/courses/{course.slug}/")
    assert queries.load_openers(course) == {}
    mia_s.head(mine(course))
    assert queries.load_openers(course) == {}
    mia_s.get(mine(course))
    mia_s.post(f"{mine(course)}dismiss/", {"id": row.id})
    assert queries.load_openers(course) == {row.id: {mia.pk: False}}


def test_text_is_sealed_and_names_are_placeholders(course, ines, mia):
    row = write(course, ines, title="For mia", text="Well done, mia!")
    row.refresh_from_db()
    assert b"mia" not in bytes(row.title_sealed) + bytes(row.sealed)
    assert announcement_store.title_of(row) == "For ⟦1⟧"
    assert announcement_store.text_of(row) == "Well done, ⟦1⟧!"
    assert queries.as_typed(row) == ("For mia", "Well done, mia!")
    AnnouncementMention.objects.all().delete()
    assert queries.as_typed(row)[0] == "For a former member"


def test_scheduled_one_appears_at_its_time(talk, course, ines):
    now = timezone.now()
    row = write(course, ines, shows_at=now + HOUR, now=now)
    assert "No lab" not in html(talk, "mia", mine(course))
    assert "scheduled" in html(talk, "ines", taught(course))
    assert not queries.visible_announcements(now=now + HOUR / 2).exists()
    assert queries.visible_announcements(now=now + HOUR).get() == row


def test_edit_moves_only_what_is_not_visible_yet(course, ines):
    now = timezone.now()
    row = write(course, ines, shows_at=now + HOUR, now=now)
    row = write(course, ines, id=row.id, shows_at=now + 2 * HOUR, now=now)
    assert row.shows_at == now + 2 * HOUR
    later = now + 3 * HOUR
    row = write(course, ines, id=row.id, text="Changed", shows_at=later + HOUR, now=later)
    assert row.shows_at == now + 2 * HOUR
    assert row.edited_at == later
    assert announcement_store.text_of(row) == "Changed"


def test_form_previews_publishes_once_and_keeps_bad_input(talk, course, ines):
    client, path = talk.client("ines"), taught(course, f"{uuid.uuid4()}/")
    typed = {"title": "No lab", "text": "On *Friday*", "shows_at": ""}
    shown = client.post(path, {**typed, "act": "preview"})
    assert "<em>Friday</em>" in shown.content.decode()
    assert not Announcement.objects.exists()
    for title, text, why in (
        ("", "x", "Enter a title."),
        ("x", "  ", "Write something first."),
        ("x" * 121, "kept text", "The title is too long. Use at most 120 characters."),
    ):
        refused = client.post(path, {"title": title, "text": text})
        assert refused.status_code == 422
        assert why in refused.content.decode()
        assert text in refused.content.decode()
    for _ in range(2):
        assert client.post(path, typed)["Location"] == taught(course)
    assert Announcement.objects.count() == 1
    assert "On *Friday*" in client.get(path).content.decode()


def test_withdrawn_is_gone_and_can_be_undone_for_ten_minutes(talk, course, ines):
    row = write(course, ines)
    client = talk.client("ines")
    client.post(taught(course), {"withdraw": row.id})
    assert "No lab" not in html(talk, "mia", mine(course))
    assert "withdrawn" in html(talk, "ines", taught(course))
    with pytest.raises(Unsendable, match="withdrawn"):
        write(course, ines, id=row.id)
    client.post(taught(course), {"undo": row.id})
    assert "No lab" in html(talk, "mia", mine(course))
    now = timezone.now()
    announcement_store.withdraw(course, row.id, now=now)
    over = now + UNDO_WITHIN
    assert announcement_store.forget_withdrawn(now=over - timedelta(seconds=1)) == 0
    assert not announcement_store.undo_withdraw(course, row.id, now=over)
    assert announcement_store.forget_withdrawn(now=over) == 1
    assert client.post(taught(course), {"undo": row.id}).status_code == 409


def test_only_its_teachers_write_and_only_its_author_edits(talk, course, ines, amir):
    row = write(course, ines)
    factories.make_enrolment(amir, course, role="teacher")
    colleague = client_for_person(amir)
    assert colleague.get(taught(course, f"{row.id}/")).status_code == 403
    assert colleague.post(taught(course), {"withdraw": row.id}).status_code == 302
    for who, code in (("mia", 403), ("mallory", 404)):
        assert talk.client(who).get(taught(course)).status_code == code
        assert talk.client(who).get(taught(course, f"{row.id}/")).status_code == code
    assert talk.client("mallory").get(mine(course)).status_code == 404
    elsewhere = factories.make_course("elsewhere")
    factories.make_enrolment(ines, elsewhere, role="teacher")
    assert talk.client("ines").get(taught(elsewhere, f"{row.id}/")).status_code == 404
    assert not announcement_store.withdraw(elsewhere, row.id, now=timezone.now())


def test_teacher_sees_a_number_only_from_a_group_on(talk, course, ines):
    row = write(course, ines)
    people = [factories.make_user() for _ in range(5)]
    for person in people:
        factories.make_enrolment(person, course)
    now = timezone.now()
    for person in people[:4]:
        queries.mark_read(person, [row], opened=True, now=now)
    assert "Too few learners have opened it" in html(talk, "ines", taught(course))
    queries.mark_read(people[4], [row], opened=True, now=now)
    assert "Opened by 5 or more learners." in html(talk, "ines", taught(course))
    people[0].enrolments.all().delete()
    assert "Too few learners have opened it" in html(talk, "ines", taught(course))


def test_account_erasure_takes_the_authors_announcements_and_the_readers_rows(
    course, ines, mia, now
):
    row = write(course, ines, title="For mia")
    queries.mark_read(mia, [row], opened=True, now=now)
    erasure.erase(mia.code, actor=None, cause="request", now=now)
    assert not AnnouncementRead.objects.exists()
    assert not AnnouncementMention.objects.exists()
    assert queries.as_typed(row)[0] == "For a former member"
    erasure.erase(ines.code, actor=None, cause="request", now=now)
    assert not Announcement.objects.exists()
