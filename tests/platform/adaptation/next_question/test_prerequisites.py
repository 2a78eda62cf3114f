"""Which questions come first: none with an unmastered prerequisite, and none already mastered."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest

from adaptation import answer_question
from adaptation.next_question import prerequisites, selection
from consent.permits import gate
from courses.models.skill import SkillPrerequisite
from estimates.knowledge import mastery
from tests.fixtures import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def skills(course):
    """Two skills; the second needs the first."""
    first, second = (factories.make_skill(course, name) for name in ("undo", "solve"))
    SkillPrerequisite.objects.create(skill=second, needs=first)
    return first, second


@pytest.fixture
def quiz(course, skills):
    unit = factories.make_unit(course, kind="quiz")
    for skill in (skills[1], skills[0]):
        for _ in range(2):
            factories.make_question(unit, skills=[skill])
    return unit


def places(unit):
    return list(
        unit.questions.filter(position__isnull=False).prefetch_related("skills", "variants__skills")
    )


def master(learner, skill, now):
    """Answer right at once, eight times, and trace the mastery."""
    practice = factories.make_unit(skill.course, kind="quiz")
    for minute in range(8):
        question = factories.make_question(practice, skills=[skill])
        answer_question.answer(
            learner, question, "5", sitting=None, hints_used=0, elapsed_ms=1000, draw=None,
            now=now + timedelta(minutes=minute), rng=random.Random(0),
        )  # fmt: skip
    mastery.refine_due(now=now)


def first_skills(learner, unit, now):
    permit = gate.permit(learner.code, "course", now=now)
    return {
        skill
        for place in prerequisites.select_ready(places(unit), permit).places
        for skill in place.skills.all()
    }


def test_a_question_with_an_unmastered_prerequisite_comes_later(mia, quiz, skills, now):
    assert first_skills(mia, quiz, now) == {skills[0]}
    permit = gate.permit(mia.code, "course", now=now)
    asked = {
        selection.choose(mia, quiz, permit, rng=random.Random(seed), now=now).question.position
        for seed in range(20)
    }
    assert asked == {3, 4}


def test_once_the_prerequisite_is_mastered_its_dependents_come_first(mia, quiz, skills, now):
    master(mia, skills[0], now)

    assert first_skills(mia, quiz, now) == {skills[1]}


def test_it_comes_anyway_when_nothing_else_is_left(mia, quiz, skills, now):
    quiz.questions.filter(skills=skills[0]).delete()

    assert first_skills(mia, quiz, now) == {skills[1]}
