"""The time of an answer: the update alone, with the database, and with the next choice.

The goals are 200 µs and 5 ms on a quiet machine (design, "How good"). The ceilings here are wide,
because tests share their machine. The figures are printed: `pytest -s`.
"""

from __future__ import annotations

import random
import time
from datetime import timedelta
from statistics import median

import pytest

from adaptation.next_question import selection
from consent.permits import gate
from courses.answers import responses
from emotion.knowledge import elo
from emotion.knowledge.elo import Rating, Ratings
from estimates.knowledge import mastery
from tests.fixtures import factories
from tests.fixtures.core_time import measure_core_time

pytestmark = pytest.mark.django_db


def timed(act):
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def told(what, seconds):
    print(f"{what}: median {1e3 * median(seconds):.3f} ms")
    return median(seconds)


@pytest.fixture
def quiz(mia):
    """Ten questions on four skills, each with an easier and a harder variant."""
    unit = factories.make_quiz_unit(questions=0)
    factories.make_enrolment(mia, unit.course)
    skills = [factories.make_skill(unit.course) for _ in range(4)]
    for number in range(10):
        place = factories.make_question(unit, skills=[skills[number % 4], skills[(number + 1) % 4]])
        factories.make_variant(place)
        factories.make_variant(place, relation="harder")
    return unit


def test_the_mastery_update_without_the_database():
    ratings = Ratings(Rating(), (Rating(), Rating(), Rating()))
    with measure_core_time() as took:
        for n in range(500):
            elo.update(ratings, 0.3, correct=n % 3 > 0)

    print(f"update without the database: mean {1e3 * took.seconds / 500:.3f} ms")
    assert took.seconds / 500 <= 200e-6


def test_the_update_and_the_choice_with_the_database(mia, quiz, now):
    updates, chosen = [], []
    for number, question in enumerate(quiz.questions.all()):
        at = now + timedelta(seconds=number)
        permit = gate.permit(mia.code, "course", now=at)
        response = responses.record(
            learner=mia, question=question, given="999", sitting=None, hints_used=0,
            elapsed_ms=1000, draw=None, now=at,
        )  # fmt: skip
        updates.append(timed(lambda r=response, p=permit, at=at: mastery.update(r, p, now=at)))
        chosen.append(timed(lambda p=permit, at=at: choose_and_keep(mia, quiz, p, at)))

    assert told("update with the database", updates) <= 50e-3
    assert told("choosing and keeping", chosen) <= 100e-3


def choose_and_keep(learner, unit, permit, at):
    choice = selection.choose(learner, unit, permit, rng=random.Random(1), now=at)
    selection.store_choice(learner, unit, choice, permit, now=at)
