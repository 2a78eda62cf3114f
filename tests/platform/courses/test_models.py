from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import ProtectedError

import data_inventory
from courses.models import (
    AnswerFile,
    AnswerMark,
    Attempt,
    CalendarFeed,
    Completion,
    Enrolment,
    Extra,
    GradeOverride,
    OpenAnswer,
    RegradedAttempt,
    Response,
    Unit,
)
from tests.fixtures import factories
from tests.fixtures.answer_files import add_upload, begin_with_file
from tests.fixtures.exams import make_test

pytestmark = pytest.mark.django_db


def refused(act):
    with pytest.raises(IntegrityError):
        at_once(act)


@transaction.atomic
def at_once(act):
    """Check deferred constraints here, and not only on commit."""
    act()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_personal_data_is_declared_only_for_records_of_people():
    about = {
        holding.model
        for holding in data_inventory.all()
        if holding.model._meta.app_label == "courses" and holding.subject is not None
    }
    done = {Enrolment, Response, Completion, Attempt}
    marked = {OpenAnswer, AnswerMark, AnswerFile}
    assert about == done | marked | {CalendarFeed, Extra, GradeOverride, RegradedAttempt}


def test_variant_has_a_relation_and_no_position():
    place = factories.make_question()
    refused(lambda: factories.make_question(place.unit, sibling=place, relation=""))
    refused(lambda: factories.make_question(place.unit, relation="easier"))
    refused(
        lambda: factories.make_question(place.unit, sibling=place, relation="easier", position=9)
    )


def test_two_questions_cannot_share_a_position():
    place = factories.make_question(position=1)
    refused(lambda: factories.make_question(place.unit, position=1))


def test_a_jump_goes_back_and_belongs_to_a_video():
    unit = factories.make_video_unit()
    refused(lambda: factories.make_question(unit, time_s=20, jump_from_s=15, jump_to_s=10))
    refused(lambda: factories.make_question(unit, jump_from_s=1, jump_to_s=10))


@pytest.mark.parametrize(
    "column",
    [
        {"kind": "An essay"},
        {"difficulty": 6},
        {"tolerance": -1},
        {"compare": "loose"},
        {"most_files": 0},
        {"most_files": 6},
    ],
)
def test_closed_columns_have_check_constraints(column):
    unit = factories.make_unit(kind="quiz")
    refused(lambda: factories.make_question(unit, **column))


def test_a_person_is_in_a_course_once_in_each_role(mia):
    made = factories.make_enrolment(mia)
    factories.make_enrolment(mia, made.course, role="teacher")
    refused(lambda: factories.make_enrolment(mia, made.course))
    refused(lambda: factories.make_enrolment(mia, role="owner"))


def test_an_answered_question_cannot_be_deleted():
    question = factories.make_response().question
    with pytest.raises(ProtectedError):
        question.delete()


def test_erasing_a_person_takes_their_rows_and_no_others(mia, noah, now):
    unit = factories.make_quiz_unit()
    for person in (mia, noah):
        factories.make_enrolment(person, unit.course)
        factories.make_response(learner=person, question=unit.questions.first())
        Completion.objects.create(learner=person, unit=unit, updated_at=now)
    for holding in data_inventory.all():
        if holding.model in (Enrolment, Response, Completion):
            assert holding.forget(mia.code) == 1
            assert holding.rows_of(noah.code).count() == 1
    assert Unit.objects.filter(pk=unit.pk).exists()


@pytest.mark.parametrize("size", [0, 10 * 1024 * 1024 + 1])
def test_a_file_is_neither_empty_nor_larger_than_is_accepted(size, mia, now):
    row = stored_file(mia, now)
    refused(lambda: AnswerFile.objects.filter(pk=row.pk).update(size=size))
    assert AnswerFile.objects.filter(pk=row.pk).update(size=10 * 1024 * 1024) == 1


def test_the_database_does_not_try_to_compress_an_encrypted_file():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT attstorage FROM pg_attribute WHERE attrelid = 'courses_answerfile'::regclass"
            " AND attname = 'content_sealed'"
        )
        assert cursor.fetchone() == ("e",)


def stored_file(learner, now, **given):
    """Return a file that the learner uploaded in a test."""
    unit = make_test(learner, questions=0)
    return begin_with_file(learner, unit, add_upload(unit), **given, now=now).answer_files.get()
