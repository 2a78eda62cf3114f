"""A copied course: the content and files of the draft, and nothing about people."""

from __future__ import annotations

import json

import pytest

from authoring.exports.course_json import course_json
from authoring.versions import copies, drafts, publication
from courses.models import AnswerFile, Course, Enrolment, GroupDates, LearnerGroup, Response
from tests.fixtures import factories
from tests.fixtures.answer_files import add_upload, begin_with_file
from tests.fixtures.exams import make_test
from tests.fixtures.media_files import folder_of
from tests.fixtures.users import NOW, client_for_person

pytestmark = pytest.mark.django_db


@pytest.fixture
def course(ines, mia, media):
    """A course of ines with an answered quiz, a learner and two files, one of them unused."""
    course = factories.make_course("algebra", title="Algebra")
    factories.make_enrolment(ines, course, role="teacher")
    factories.make_enrolment(mia, course)
    asked = factories.make_question(factories.make_quiz_unit(course))
    factories.make_response(learner=mia, question=asked)
    folder_of(course).mkdir(parents=True)
    for name in ("used.png", "other.png"):
        (folder_of(course) / name).write_bytes(b"\x89PNG")
    package = drafts.working_copy_of(course).package
    units = [
        *package["units"],
        {
            "id": "r",
            "kind": "reading",
            "title": "R",
            "skills": [],
            "format": "markdown",
            "body": "![A line](used.png)",
            "opens_at": "2026-01-12T08:00:00Z",
            "due_at": "2026-01-19T08:00:00Z",
        },
    ]
    drafts.save(course, package | {"units": units}, stamp="0.0", by=ines, now=NOW)
    return course


def test_a_copy_has_the_draft_and_its_files_and_can_be_published(course, ines, media):
    made = copies.copy_course(course, by=ines, now=NOW)

    ours, theirs = (drafts.working_copy_of(each).package for each in (course, made))
    dates = {"opens_at", "due_at"}
    units = [{name: unit[name] for name in unit.keys() - dates} for unit in ours["units"]]
    assert units != ours["units"]
    assert theirs == ours | {"slug": made.slug, "title": "Algebra (copy)", "units": units}
    assert [path.name for path in folder_of(made).iterdir()] == ["used.png"]
    publication.publish(made, stamp=drafts.working_copy_of(made).stamp, by=ines, now=NOW)
    assert made.units.count() == len(ours["units"])


def test_a_copy_has_one_teacher_and_no_answers(course, ines):
    made = copies.copy_course(course, by=ines, now=NOW)

    assert list(Enrolment.objects.filter(course=made).values_list("user", "role")) == [
        (ines.pk, "teacher")
    ]
    assert not Response.objects.filter(question__course=made).exists()


def test_a_copy_has_a_file_upload_and_no_file_of_it(ines, mia, media):
    unit = make_test(mia, questions=0)
    factories.make_enrolment(ines, unit.course, role="teacher")
    question = add_upload(unit, most_files=3, file_kinds=["pdf", "text"])
    begin_with_file(mia, unit, question, now=NOW)

    made = copies.copy_course(unit.course, by=ines, now=NOW)
    publication.publish(made, stamp=drafts.working_copy_of(made).stamp, by=ines, now=NOW)
    copied = made.questions.get(kind="file")
    assert (copied.file_kinds, copied.most_files) == (["pdf", "text"], 3)
    assert (copied.prompt, copied.points) == (question.prompt, 4)
    assert [row.question for row in AnswerFile.objects.all()] == [question]


def test_neither_a_copy_nor_a_package_has_groups_or_their_dates(course, ines, mia):
    group = factories.make_group(course, mia, name="ornithorhynchus")
    factories.set_group_dates(group, course.units.first(), due_at=NOW)

    made = copies.copy_course(course, by=ines, now=NOW)
    publication.publish(made, stamp=drafts.working_copy_of(made).stamp, by=ines, now=NOW)
    assert GroupDates.objects.count() == LearnerGroup.objects.count() == 1
    assert "ornithorhynchus" not in json.dumps(course_json(course), default=str)
    assert not made.units.filter(due_at__isnull=False).exists()


def test_the_button_copies_a_course_of_its_author_alone(course, ines, mia):
    url = "/author/courses/algebra/copy/"
    assert client_for_person(mia).post(url).status_code == 403
    assert client_for_person(ines).post(url).url == "/author/courses/algebra-copy/"
    assert Course.objects.filter(title="Algebra (copy)").count() == 1
