"""Previews: only for the Author, in no list, without teacher or sensing, and deleted soon."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from adaptation import submit_attempt
from authoring.versions import drafts, previews
from courses.access import (
    courses_taught_by,
    courses_visible_to,
    questions_visible_to,
    units_visible_to,
)
from courses.models import AnswerFile, Course, Response
from telemetry import sittings
from telemetry.models import Sitting
from tests.fixtures import factories
from tests.fixtures.answer_files import add_upload, begin_with_file
from tests.fixtures.exams import make_test
from tests.fixtures.users import client_for_person

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


@pytest.fixture
def course(load, package, small_course, ines, mia):
    found = load(package(small_course)).course
    factories.make_enrolment(ines, found, role="teacher")
    factories.make_enrolment(mia, found)
    working = drafts.working_copy_of(found)
    drafts.save(found, working.package | {"title": "Sums"}, stamp=working.stamp, by=ines, now=NOW)
    return found


@pytest.fixture
def shadow(course, ines):
    return previews.open_preview(course, by=ines, now=NOW)


def test_author_sees_the_draft_as_a_learner(shadow, ines):
    page = client_for_person(ines).get(f"/courses/{shadow.slug}/")
    assert "<h1>Preview: Sums</h1>" in page.content.decode()
    for unit in shadow.units.all():
        page = client_for_person(ines).get(f"/units/{unit.code}/", follow=True)
        assert page.status_code == 200


def test_preview_pages_are_marked_and_link_back(shadow, course, ines, mia):
    client, back = client_for_person(ines), f'href="/author/courses/{course.slug}/"'
    units = [f"/units/{unit.code}/" for unit in shadow.units.filter(position__isnull=False)]
    pages = [f"/courses/{shadow.slug}/", *units, f"{units[0]}discussion/"]
    for address in pages:
        page = client.get(address, follow=True).content.decode()
        assert "You are previewing your draft as a learner." in page, address
        assert back in page
    client.post(f"/author/courses/{course.slug}/preview/", {"act": "leave"})
    assert client.get(pages[0]).status_code == 404
    for person in (ines, mia):
        page = client_for_person(person).get(f"/courses/{course.slug}/").content.decode()
        assert "You are previewing your draft" not in page


def test_preview_appears_in_no_list(shadow, course, ines, mia):
    for person in (ines, mia):
        assert set(courses_visible_to(person)) == {course}
        assert not units_visible_to(person).filter(course=shadow).exists()
        assert not questions_visible_to(person).filter(course=shadow).exists()
    assert set(courses_taught_by(ines)) == {course}
    home = client_for_person(ines).get("/").content.decode()
    assert shadow.slug not in home
    assert "Sums" not in client_for_person(ines).get("/author/").content.decode()


def test_preview_is_hidden_from_others(shadow, mia, noah, amir, mallory):
    unit = shadow.units.first()
    for person in (mia, noah, amir, mallory):
        for address in (f"/courses/{shadow.slug}/", f"/units/{unit.code}/"):
            assert client_for_person(person).get(address).status_code == 404
        assert client_for_person(person).get(f"/teach/{shadow.slug}/").status_code == 404


def test_preview_has_no_teacher_or_author(shadow, ines):
    client = client_for_person(ines)
    assert client.get(f"/teach/{shadow.slug}/").status_code == 403
    assert client.get(f"/author/courses/{shadow.slug}/").status_code == 403


def test_preview_senses_nothing(shadow, ines, settings):
    settings.LEGAL_PROFILE = "demo"
    unit = shadow.units.first()
    sitting = sittings.open(ines, unit, scenario="course", page=uuid4(), now=NOW)
    assert sittings.senses_nothing(sitting, NOW)


def test_closing_a_preview_deletes_its_data(shadow, course, ines, mia):
    own = course.questions.filter(unit__ref="quiz-01").first()
    factories.make_response(learner=mia, question=own)
    tried = shadow.questions.filter(unit__ref="quiz-01").first()
    factories.make_response(learner=ines, question=tried)
    sittings.open(ines, tried.unit, scenario="course", page=uuid4(), now=NOW)
    previews.close_preview(course, by=ines)
    assert not Course.objects.filter(preview_of__isnull=False).exists()
    assert [row.learner for row in Response.objects.all()] == [mia]
    assert not Sitting.objects.exists()


@pytest.mark.parametrize("end", ["closed", "a day later"])
def test_a_file_in_a_preview_is_deleted_with_it(shadow, course, ines, end):
    unit = make_test(course=shadow, questions=0)
    attempt = begin_with_file(ines, unit, add_upload(unit), now=NOW)
    submit_attempt.submit(attempt, now=NOW)
    begin_with_file(ines, unit, unit.questions.get(), now=NOW)
    assert AnswerFile.objects.count() == 2
    if end == "closed":
        previews.close_preview(course, by=ines)
    else:
        previews.clear_old(now=NOW + timedelta(hours=25))
    assert not AnswerFile.objects.exists()
    assert not Course.objects.filter(preview_of__isnull=False).exists()


def test_opening_again_replaces_the_preview(shadow, course, ines):
    tried = shadow.questions.filter(unit__ref="quiz-01").first()
    factories.make_response(learner=ines, question=tried)
    again = previews.open_preview(course, by=ines, now=NOW)
    assert again.slug == shadow.slug
    assert list(course.previews.all()) == [again]
    assert not Response.objects.exists()


def test_open_preview_is_deleted_after_a_day(shadow):
    previews.clear_old(now=NOW + timedelta(hours=23))
    assert Course.objects.filter(pk=shadow.pk).exists()
    previews.clear_old(now=NOW + timedelta(hours=25))
    assert not Course.objects.filter(pk=shadow.pk).exists()
