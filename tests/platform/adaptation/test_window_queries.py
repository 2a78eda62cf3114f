"""The number of queries for facts and decision of one Window, so that it cannot grow unnoticed.

Thousands of Windows fall due in a minute.
"""

from __future__ import annotations

import random
import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from adaptation import decide_intervention
from adaptation.facts import course_records, sitting_facts
from courses.models import UnitSkill
from estimates.models import MasteryEstimate
from telemetry import sittings, windows
from tests.fixtures import factories
from tests.fixtures.offers import answer, permits

pytestmark = pytest.mark.django_db
# Two of them are the savepoint of the decision and its end.
NOTHING_ANSWERED = 14
ONE_ANSWERED = 18
AFTER_HELP = 20
RULE_AWAKE = 26


@pytest.fixture
def sitting(mia, now):
    skill = factories.make_skill(slug="factoring")
    quiz = factories.make_quiz_unit(skill.course, skill=skill, questions=4)
    UnitSkill.objects.create(unit=quiz, skill=skill)
    factories.make_enrolment(mia, quiz.course)
    return sittings.open(mia, quiz, scenario="course", page=uuid.uuid4(), now=now)


def asked(sitting, cut):
    """Return the queries from the first fact to the decision."""
    at = windows.end_of(sitting, cut)
    granted = permits(sitting, at)
    with CaptureQueriesContext(connection) as found:
        course = course_records.read(sitting, granted["course"], now=at)
        known = sitting_facts.gather_facts(
            course, sitting_facts.unknown_estimates(), granted["course"], now=at
        )
        decide_intervention.decide(course, known, granted, cut=cut, now=at, rng=random.Random(1))
    return [row["sql"] for row in found.captured_queries]


def test_a_window_in_which_nothing_was_answered(sitting):
    assert len(asked(sitting, 2)) == NOTHING_ANSWERED


def test_a_window_after_one_answer(sitting):
    answer(sitting, sitting.unit.questions.get(position=1), "999", 1)
    assert len(asked(sitting, 2)) == ONE_ANSWERED


def test_more_skills_and_answers_need_no_more_queries(sitting):
    skills = [factories.make_skill(sitting.unit.course) for _ in range(5)]
    UnitSkill.objects.bulk_create(UnitSkill(unit=sitting.unit, skill=each) for each in skills)
    for second in range(5):
        question = factories.make_question(sitting.unit, skills=skills[second:])
        answer(sitting, question, "999", second)

    assert MasteryEstimate.objects.count() > len(skills)
    assert len(asked(sitting, 2)) == ONE_ANSWERED


def test_a_window_after_an_answer_with_help(sitting):
    answer(sitting, sitting.unit.questions.get(position=1), "999", 1, hints=1)
    assert len(asked(sitting, 2)) == AFTER_HELP


def test_a_window_in_which_a_rule_waits(sitting):
    for second in (1, 2, 3):
        answer(sitting, sitting.unit.questions.get(position=1), "999", second)
    asked(sitting, 8)
    assert len(asked(sitting, 9)) == RULE_AWAKE


@pytest.mark.parametrize("table", ["estimates_masteryestimate", "estimates_predictor"])
def test_mastery_is_opened_once(sitting, table):
    answer(sitting, sitting.unit.questions.get(position=1), "999", 1, hints=1)
    assert sum(table in sql for sql in asked(sitting, 2)) == 1
