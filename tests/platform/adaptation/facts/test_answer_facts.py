"""Facts from answers: on the item, on its skill over all time, and on speed."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest

from courses.models import Response, UnitSkill
from interventions.facts import UNKNOWN, check_facts
from telemetry import sittings
from tests.fixtures import factories
from tests.fixtures.offers import answer, read_facts

pytestmark = pytest.mark.django_db


@pytest.fixture
def quiz(mia):
    skill = factories.make_skill(slug="factoring")
    unit = factories.make_quiz_unit(skill.course, skill=skill, questions=4)
    UnitSkill.objects.create(unit=unit, skill=skill)
    factories.make_enrolment(mia, unit.course)
    return unit


@pytest.fixture
def sitting(mia, quiz, now):
    return sittings.open(mia, quiz, scenario="course", page=uuid.uuid4(), now=now)


def place(quiz, number):
    return quiz.questions.get(position=number)


def values(sitting, cut=10):
    facts = read_facts(sitting, cut)[1]
    check_facts(facts)
    return {name: fact.value for name, fact in facts.items()}


def earlier(learner, question, *, ms=4000, right=True, now):
    factories.make_response(learner=learner, question=question, correct=right)
    row = Response.objects.latest("answered_at")
    row.elapsed_ms, row.answered_at = ms, now - timedelta(days=1)
    row.save()


def test_without_an_answer_nothing_is_claimed_about_a_skill(sitting):
    assert not {"opportunities", "mastery", "predicted_success"} & read_facts(sitting, 10)[1].keys()


def test_opportunities_count_over_all_days_and_retries_do_not(sitting, quiz, mia, noah, now):
    earlier(mia, place(quiz, 1), right=False, now=now)
    earlier(noah, place(quiz, 2), now=now)
    for second in (1, 2, 3):
        answer(sitting, place(quiz, 2), "999", second)
    answer(sitting, place(quiz, 3), place(quiz, 3).answer, 4)

    found = values(sitting)
    assert (found["opportunities"], found["right_of_last_5"]) == (3, 1)


def test_other_numbers_of_the_same_question_are_a_new_try(sitting, quiz):
    question = place(quiz, 1)
    answer(sitting, question, "999", 1)
    Response.objects.update(draw=3)
    answer(sitting, question, "999", 2)
    assert values(sitting)["opportunities"] == 2


def test_answers_on_another_skill_do_not_count(sitting, quiz):
    other = factories.make_question(quiz, skills=[factories.make_skill(quiz.course)])
    answer(sitting, other, "999", 1)
    answer(sitting, place(quiz, 1), "999", 2)
    assert values(sitting)["opportunities"] == 1


def test_a_right_answer_counts_the_wrong_ones_before_it(sitting, quiz):
    for second in (1, 2, 3):
        answer(sitting, place(quiz, 1), "999", second)
    assert values(sitting)["wrong_before_right"] == 0
    answer(sitting, place(quiz, 1), place(quiz, 1).answer, 4)
    assert values(sitting)["wrong_before_right"] == 3
    answer(sitting, place(quiz, 2), place(quiz, 2).answer, 5)
    assert values(sitting)["wrong_before_right"] == 0


def test_fast_means_below_the_own_median_and_unknown_without_one(sitting, quiz, mia, now):
    answer(sitting, place(quiz, 1), place(quiz, 1).answer, 1, ms=2000)
    assert read_facts(sitting, 10)[1]["fast_right"].value is UNKNOWN
    for ms in (9000, 9500, 10_000, 10_500):
        earlier(mia, place(quiz, 4), ms=ms, now=now)
    answer(sitting, place(quiz, 2), place(quiz, 2).answer, 2, ms=9100)
    assert values(sitting)["fast_right"] == 2
    answer(sitting, place(quiz, 3), place(quiz, 3).answer, 3, ms=12_000)
    assert values(sitting)["fast_right"] == 0


def test_answers_under_three_seconds_count_while_they_go_on(sitting, quiz):
    for second, ms in ((1, 900), (2, 2999), (3, 100)):
        answer(sitting, place(quiz, 1), "999", second, ms=ms)
    assert values(sitting)["quick_answers"] == 3
    answer(sitting, place(quiz, 1), "999", 4, ms=3000)
    assert values(sitting)["quick_answers"] == 0


def test_without_a_page_clock_no_answer_counts_as_quick(sitting, quiz):
    answer(sitting, place(quiz, 1), "999", 1, ms=0)
    assert values(sitting)["quick_answers"] == 0


def test_questions_that_stay_unlikely_after_help_count_in_a_row(sitting, quiz):
    quiz.questions.update(difficulty=5)
    answer(sitting, place(quiz, 1), "999", 1)
    answer(sitting, place(quiz, 2), "999", 2, hints=1)
    answer(sitting, place(quiz, 3), "999", 3, hints=2)
    found = values(sitting)
    assert found["predicted_success"] < 0.5
    assert found["unlikely_after_help"] == 2
    quiz.questions.update(difficulty=1)
    assert values(sitting)["unlikely_after_help"] == 0


def test_skills_of_the_unit_are_counted_and_known_only_when_they_are(sitting, quiz):
    from estimates.knowledge import mastery

    UnitSkill.objects.create(unit=quiz, skill=factories.make_skill(quiz.course))
    assert (values(sitting)["skills_in_unit"], values(sitting)["skills_known"]) == (2, 0)
    for number in (1, 2, 3, 4):
        answer(sitting, place(quiz, number), place(quiz, number).answer, number)
        for variant in place(quiz, number).variants.all():
            answer(sitting, variant, variant.answer, number)
    mastery.refine_due(now=sitting.began_at + timedelta(seconds=9))
    assert values(sitting)["skills_known"] == 1
