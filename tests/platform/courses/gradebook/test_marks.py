"""Marks of essays: what an attempt is worth before and after, and who may overwrite whom."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction

import pytest
from django.db import IntegrityError
from django.utils import timezone

from adaptation import submit_attempt
from courses import attempts
from courses.answers.open_answers import unseal_answer
from courses.gradebook import grades, marks
from courses.gradebook.attempt_scores import describe_score
from courses.gradebook.regrade_preview import RegradeChoice
from courses.models import AnswerMark, Attempt, OpenAnswer, Response
from courses.question_types import essay as essays
from estimates.models import MasteryEstimate
from tests.fixtures import factories
from tests.fixtures.exams import begin, make_test, regrade, take
from tests.fixtures.open_questions import add_essay, answer_of, mark

pytestmark = pytest.mark.django_db
TEXT = "A fraction is a part of a whole.\n\nIt has two numbers."


@pytest.fixture
def essay(mia, ines):
    """A graded test of one question with a key and an essay of four points."""
    unit = make_test(mia, questions=1)
    factories.make_enrolment(ines, unit.course, role="teacher")
    return add_essay(unit)


def test_an_essay_waits_for_marks_and_gives_no_grade(mia, essay):
    attempt = take(mia, essay.unit, "5", TEXT)
    assert (attempt.right, attempt.out_of, attempt.unmarked) == (1, 5, 1)
    assert not attempt.is_final
    assert describe_score(attempt) == "1 of 5 points so far, waiting for marks"
    assert grades.load_grade(mia, essay.unit) is None
    assert attempts.find_best([attempt]) is None


def test_its_text_is_sealed_and_is_no_response(mia, essay):
    attempt = take(mia, essay.unit, "5", TEXT)
    assert list(Response.objects.values_list("question", flat=True)) != [essay.pk]
    assert not Response.objects.filter(question=essay).exists()
    row = answer_of(attempt)
    assert b"fraction" not in bytes(row.given_sealed)
    assert unseal_answer(row) == TEXT


def test_mastery_does_not_move_by_an_essay(mia, essay):
    take(mia, essay.unit, "", TEXT)
    assert not MasteryEstimate.objects.exists()
    mark(answer_of(Attempt.objects.get()), 0, by=factories.make_user())
    assert not MasteryEstimate.objects.exists()


def test_a_blank_essay_earns_nothing_and_waits_for_no_one(mia, essay):
    attempt = take(mia, essay.unit, "5", "   ")
    assert attempt.unmarked == 0
    assert not OpenAnswer.objects.exists()
    assert grades.load_grade(mia, essay.unit).percent == 20


def test_a_mark_makes_the_attempt_final(mia, ines, essay):
    attempt = take(mia, essay.unit, "5", TEXT)
    mark(answer_of(attempt), Fraction(3, 4), by=ines)
    attempt.refresh_from_db()
    assert (attempt.unmarked, describe_score(attempt)) == (0, "4 of 5 points")
    assert grades.load_grade(mia, essay.unit).percent == 80


def test_an_earlier_final_attempt_counts_while_a_later_one_waits(mia, essay):
    take(mia, essay.unit, "5", "")
    take(mia, essay.unit, "5", TEXT)
    assert grades.load_grade(mia, essay.unit).percent == 20


def test_a_changed_mark_keeps_the_old_one(mia, ines, essay):
    answer = answer_of(take(mia, essay.unit, "5", TEXT))
    first = mark(answer, 1, "All right.", by=ines)
    mark(answer, Fraction(1, 4), "On second thought.", by=ines, seen=first.pk)
    assert [row.share for row in marks.load_history(answer)] == [Fraction(1, 4), 1]
    assert [row.note.comment for row in marks.load_history(answer)][1] == "All right."
    first.refresh_from_db()
    assert first.replaced_at is not None
    assert b"All right" not in bytes(first.note_sealed)
    assert grades.load_grade(mia, essay.unit).percent == 40


def test_a_second_marker_does_not_overwrite_the_first(mia, ines, essay):
    answer = answer_of(take(mia, essay.unit, "5", TEXT))
    mark(answer, 1, by=ines)
    with pytest.raises(marks.MarkChanged):
        mark(answer, 0, by=factories.make_user())
    assert AnswerMark.objects.count() == 1
    assert grades.load_grade(mia, essay.unit).percent == 100


def test_full_credit_for_everyone_needs_no_marks(mia, ines, essay):
    attempt = take(mia, essay.unit, "5", TEXT)
    choice = RegradeChoice(essay.unit, essay, "full_credit", keeps_higher=False)
    regrade(choice, "The topic was not taught.", by=ines)
    attempt.refresh_from_db()
    assert attempt.is_final
    assert grades.load_grade(mia, essay.unit).percent == 100


def test_a_mark_counts_together_with_a_regrade(mia, ines, essay):
    attempt = take(mia, essay.unit, "4", TEXT)
    key = essay.unit.questions.get(position=1)
    regrade(RegradeChoice(essay.unit, key, "full_credit", keeps_higher=False), "Typo.", by=ines)
    mark(answer_of(attempt), Fraction(1, 2), by=ines)
    attempt.refresh_from_db()
    assert describe_score(attempt) == "3 of 5 points"


def test_a_mark_is_not_replaced_before_it_was_made(mia, ines, essay):
    row = mark(answer_of(take(mia, essay.unit, "5", TEXT)), 1, by=ines)
    with pytest.raises(IntegrityError, match="courses_answermark_times"):
        AnswerMark.objects.filter(pk=row.pk).update(replaced_at=row.made_at - timedelta(seconds=1))


def test_a_lower_limit_loses_no_text_that_was_saved(mia, essay, monkeypatch):
    now = timezone.now()
    running = begin(mia, essay.unit, "5", TEXT, now=now)
    monkeypatch.setattr(essays, "LONGEST_ESSAY", 5)
    attempt = submit_attempt.submit(running, now=now)
    assert attempt.unmarked == 1
    assert unseal_answer(answer_of(attempt)) == TEXT


def test_a_running_attempt_keeps_a_long_text(mia, essay):
    long = "word " * 3000
    now = timezone.now()
    attempt = take(mia, essay.unit, "5", long, now=now)
    assert answer_of(attempt).answered_at == now


def test_a_mark_by_a_clock_that_is_behind_is_stored(mia, ines, essay):
    answer, now = answer_of(take(mia, essay.unit, "5", TEXT)), timezone.now()
    first = mark(answer, 1, by=ines, now=now)
    earlier = now - timedelta(seconds=1)
    second = mark(answer, 0, by=ines, seen=first.pk, now=earlier)
    first.refresh_from_db()
    assert first.replaced_at == first.made_at
    assert marks.find_mark(answer) == second
