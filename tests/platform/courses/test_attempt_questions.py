"""Attempts at one test draw different questions, keep them, and are graded by them."""

from __future__ import annotations

from random import Random

import pytest
from django.db import IntegrityError, transaction

from adaptation import submit_attempt
from courses import attempt_questions, attempts
from courses.gradebook.regrade_preview import RegradeChoice
from courses.models import Attempt, Question, Response, Unit
from courses.rendering.image_usage import has_own_attempt_showing
from tests.fixtures import factories
from tests.fixtures.exams import fill_bank, make_test, regrade

pytestmark = pytest.mark.django_db(transaction=True)
TWO_LOOPS = {"tag": "loops", "count": 2, "points": 3}


@pytest.fixture
def test(mia, noah):
    """A test of one question of its own and two of six of the bank, each worth three points."""
    unit = make_test(mia, noah, questions=1, random_questions=[TWO_LOOPS])
    for number in range(6):
        fill_bank(unit, answer=str(number))
    fill_bank(unit, tags=["sums"])
    return unit


def begin(person, unit, seed, now):
    return attempts.begin(person, unit, rng=Random(seed), now=now)


def answer_right(attempt, now, *, of=None):
    """Save the right answer to each question, or to those in `of`."""
    for question in attempts.load_questions(attempt):
        if of is None or question.pk in of:
            attempts.save_answer(attempt, question, question.answer, elapsed_ms=10, now=now)


def drawn_of(attempt):
    return [row for row in attempts.load_questions(attempt) if row.in_bank]


def test_two_learners_get_different_questions_and_are_graded_by_their_own(test, mia, noah, now):
    one, two = begin(mia, test, 1, now), begin(noah, test, 2, now)
    mine, his = drawn_of(one), drawn_of(two)
    assert {row.pk for row in mine} != {row.pk for row in his}
    assert all(row.tags == ["loops"] for row in (*mine, *his))
    assert len(attempts.load_questions(one)) == 3 == attempt_questions.count_questions(test)
    answer_right(one, now)
    answer_right(two, now, of=[his[0].pk])
    done = submit_attempt.submit(one, now=now), submit_attempt.submit(two, now=now)
    # One point for the test's own question, three for each that is drawn.
    assert [(row.right, row.out_of) for row in done] == [(7, 7), (3, 7)]
    asked = set(Response.objects.filter(attempt=one).values_list("question", flat=True))
    assert {row.pk for row in mine} <= asked


def test_only_questions_of_the_bank_are_drawn(test):
    own = factories.make_question(test, tags=["loops"])
    for seed in range(30):
        asked = attempt_questions.draw_for_attempt(test, rng=Random(seed))
        assert [row.pk for row in asked].count(own.pk) == 1


def test_a_running_attempt_keeps_what_it_drew(test, mia, now):
    attempt = begin(mia, test, 1, now)
    before = [row.pk for row in attempts.load_questions(attempt)]
    Question.objects.filter(in_bank=True).update(in_bank=False, answer="99")
    again = begin(mia, test, 2, now)
    assert again == attempt
    assert [row.pk for row in attempts.load_questions(again)] == before
    assert all(row.answer != "99" for row in attempts.load_questions(again))


def test_the_next_attempt_draws_again(test, mia, now):
    first = begin(mia, test, 1, now)
    submit_attempt.submit(first, now=now)
    second = begin(mia, test, 2, now)
    assert {row.pk for row in drawn_of(first)} != {row.pk for row in drawn_of(second)}


def test_points_of_a_draw_stay_those_the_attempt_began_with(test, mia, now):
    attempt = begin(mia, test, 1, now)
    test.random_questions = [{"tag": "loops", "count": 1, "points": 50}]
    test.save()
    answer_right(attempt, now)
    assert submit_attempt.submit(attempt, now=now).out_of == 7


def test_a_regrade_covers_only_the_attempts_that_drew_the_question(test, mia, noah, ravi, now):
    one, two = begin(mia, test, 1, now), begin(noah, test, 2, now)
    only_mine = next(row for row in drawn_of(one) if row.pk not in {q.pk for q in drawn_of(two)})
    for attempt in (one, two):
        submit_attempt.submit(attempt, now=now)
    question = Question.objects.get(pk=only_mine.pk)
    regrade(RegradeChoice(test, question, "full_credit", keeps_higher=True), "Wrong key", by=ravi)
    scores = {row.learner_id: (row.right, row.out_of) for row in Attempt.objects.all()}
    assert scores == {mia.pk: (3, 7), noah.pk: (0, 7)}


def test_an_attempt_draws_what_is_published_now_not_what_the_page_had(test, mia, now):
    stale = Unit.objects.get(pk=test.pk)
    Question.objects.filter(in_bank=True).update(tags=["renamed"])
    Unit.objects.filter(pk=test.pk).update(random_questions=[TWO_LOOPS | {"tag": "renamed"}])
    asked = attempts.load_questions(begin(mia, stale, 1, now))
    assert len(asked) == 3
    assert all(row.tags == ["renamed"] for row in asked if row.in_bank)


def test_a_picture_of_a_drawn_question_stays_open_for_the_learner_who_drew_it(test, mia, noah, now):
    Question.objects.filter(in_bank=True).update(
        prompt_html=f'<img src="/media/{test.course.code}/line.png">'
    )
    begin(mia, test, 1, now)
    assert has_own_attempt_showing(mia, test.course, "line.png")
    assert not has_own_attempt_showing(mia, test.course, "other.png")
    assert not has_own_attempt_showing(noah, test.course, "line.png")


def test_a_test_without_random_questions_uses_no_random_source(mia, now):
    class NoDraw(Random):
        def sample(self, *_):
            raise AssertionError("expected no draw")

    unit = make_test(mia)
    assert len(attempts.load_questions(attempts.begin(mia, unit, rng=NoDraw(), now=now))) == 3


def test_only_a_test_draws_and_a_question_of_the_bank_has_no_place(test):
    question = factories.make_question(test)
    quiz = factories.make_quiz_unit()
    quiz.random_questions = [TWO_LOOPS]
    question.in_bank = True
    for row in (question, quiz):
        with pytest.raises(IntegrityError), transaction.atomic():
            row.save()
