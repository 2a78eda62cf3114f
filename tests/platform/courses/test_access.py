from __future__ import annotations

import pytest
from django.core.exceptions import PermissionDenied
from django.http import Http404

from courses import access
from tests.fixtures import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def quiz(mia, ines):
    """Return a quiz of a course in which mia learns and ines teaches."""
    unit = factories.make_quiz_unit()
    factories.make_enrolment(mia, unit.course)
    factories.make_enrolment(ines, unit.course, role="teacher")
    return unit


def loads(quiz):
    """Return each loader with its argument, and the row it must return."""
    question = quiz.questions.first()
    return {
        "course": (access.course_for_member, quiz.course.slug, quiz.course),
        "media": (access.course_of_media, quiz.course.code, quiz.course),
        "unit": (access.unit_for_member, quiz.code, quiz),
        "learn": (access.unit_for_learner, quiz.code, quiz),
        "question": (access.question_for_learner, question.code, question),
        "teach": (access.course_for_teacher, quiz.course.slug, quiz.course),
    }


MEMBERS = ("course", "media", "unit")
LEARNERS = ("learn", "question")


@pytest.mark.parametrize("name", [*MEMBERS, *LEARNERS])
def test_learner_of_the_course_has_access(quiz, mia, name):
    load, key, row = loads(quiz)[name]
    assert load(mia, key) == row


@pytest.mark.parametrize("name", [*MEMBERS, "teach"])
def test_teacher_of_the_course_has_access(quiz, ines, name):
    load, key, row = loads(quiz)[name]
    assert load(ines, key) == row


def test_learner_gets_a_403_on_teacher_pages(quiz, mia):
    load, key, _ = loads(quiz)["teach"]
    with pytest.raises(PermissionDenied):
        load(mia, key)


@pytest.mark.parametrize("name", LEARNERS)
def test_teacher_gets_a_403_on_learner_pages(quiz, ines, name):
    load, key, _ = loads(quiz)[name]
    with pytest.raises(PermissionDenied):
        load(ines, key)


@pytest.mark.parametrize("name", [*MEMBERS, *LEARNERS, "teach"])
def test_non_members_get_a_404(quiz, mallory, name):
    factories.make_enrolment(mallory)
    load, key, _ = loads(quiz)[name]
    with pytest.raises(Http404):
        load(mallory, key)


def test_unknown_code_is_a_404(mia):
    with pytest.raises(Http404):
        access.unit_for_learner(mia, factories.new_code())


def test_retired_rows_are_not_found(quiz, mia):
    question = quiz.questions.filter(sibling=None).first()
    question.unit, question.position = None, None
    question.save(update_fields=["unit", "position"])
    with pytest.raises(Http404):
        access.question_for_learner(mia, question.code)
    quiz.position = None
    quiz.save(update_fields=["position"])
    with pytest.raises(Http404):
        access.unit_for_learner(mia, quiz.code)


def test_lists_match_the_loaders(quiz, mia, ines, mallory):
    factories.make_quiz_unit()
    assert list(access.courses_visible_to(mia)) == [quiz.course]
    assert list(access.units_visible_to(ines)) == [quiz]
    assert set(access.questions_visible_to(mia)) == set(quiz.questions.all())
    assert list(access.courses_taught_by(ines)) == [quiz.course]
    assert not access.courses_taught_by(mia).exists()
    assert not access.courses_visible_to(mallory).exists()


def test_someone_who_learns_and_teaches_sees_the_course_once(quiz, ines):
    factories.make_enrolment(ines, quiz.course)
    assert list(access.courses_visible_to(ines)) == [quiz.course]
    assert access.unit_for_learner(ines, quiz.code) == quiz


def test_courses_learnt_by_ignores_other_learners(quiz, mia, ines):
    assert list(access.courses_learnt_by(mia)) == [quiz.course]
    assert list(access.courses_learnt_by(ines)) == []
