"""The page that appends another course: whose courses, what is added, and that it is undone."""

from __future__ import annotations

import pytest

from authoring.versions import publication
from authoring.versions.drafts import working_copy_of
from tests.fixtures import factories
from tests.fixtures.media_files import folder_of
from tests.fixtures.users import NOW, client_for_person

pytestmark = pytest.mark.django_db
PAGE = "/author/courses/algebra/"
REUSE = PAGE + "reuse/"
FILES = ["lecture.en.vtt", "lecture.mp4", "lecture.png"]


@pytest.fixture
def algebra(ines, media):
    course = factories.make_course("algebra", title="Algebra")
    factories.make_enrolment(ines, course, role="teacher")
    factories.make_question(factories.make_quiz_unit(course))
    return course


@pytest.fixture
def fractions(ines, media):
    """Another course of ines, whose video has a file."""
    course = factories.make_course("fractions", title="Fractions")
    factories.make_enrolment(ines, course, role="teacher")
    factories.make_video_unit(course)
    folder_of(course).mkdir(parents=True)
    for name in ("lecture.mp4", "unused.mp4"):
        (folder_of(course) / name).write_bytes(b"\0\0\0\x18ftypisom")
    (folder_of(course) / "lecture.png").write_bytes(b"\x89PNG")
    cues = "WEBVTT\n\n00:00.000 --> 00:01.000\nHello\n"
    (folder_of(course) / "lecture.en.vtt").write_text(cues)
    return course


@pytest.fixture
def author(ines):
    return client_for_person(ines)


def titles(course):
    return [unit["title"] for unit in working_copy_of(course).package["units"]]


def post(author, **fields):
    stamp = author.get(PAGE).context["author"].working.stamp
    return author.post(REUSE, {"stamp": stamp, **fields})


def test_the_other_course_is_added_with_its_files_and_taken_back(author, algebra, fractions, ines):
    before = titles(algebra)

    answer = post(author, course="fractions")

    assert answer.url == f"{PAGE}?done=appended#units"
    assert titles(algebra) == before + titles(fractions)
    assert sorted(path.name for path in folder_of(algebra).iterdir()) == FILES
    assert len(titles(fractions)) == 1
    stamp = author.get(answer.url).context["author"].working.stamp
    author.post(PAGE + "undo/", {"stamp": stamp})
    assert titles(algebra) == before


def test_what_was_added_is_published_and_added_again(author, algebra, fractions, ines):
    for _ in range(2):
        post(author, course="fractions")
    stamp = working_copy_of(algebra).stamp

    publication.publish(algebra, stamp=stamp, by=ines, now=NOW)

    assert algebra.units.filter(position__isnull=False, kind="video").count() == 2


def test_only_courses_that_its_author_edits_are_offered(author, algebra, fractions, sara):
    hidden = factories.make_course("hidden", title="Hidden")
    factories.make_enrolment(sara, hidden, role="teacher")

    assert [course.slug for course in author.get(REUSE).context["others"]] == ["fractions"]
    for course in ("hidden", "algebra", "", "none"):
        answer = post(author, course=course)
        assert answer.status_code == 422
        assert answer.context["errors"] == {"course": "Select a course."}
    assert not working_copy_of(algebra).has_draft


def test_an_older_page_changes_nothing(author, algebra, fractions):
    before = titles(algebra)

    answer = author.post(REUSE, {"stamp": "0.7", "course": "fractions"})

    assert answer.status_code == 409
    assert titles(algebra) == before


def test_without_another_course_the_page_leads_to_the_import(author, algebra):
    assert "/author/import/" in author.get(REUSE).content.decode()
