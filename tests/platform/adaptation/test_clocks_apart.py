"""A learner whose page moves to a host with a slower clock answers and asks for help as before."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest

from adaptation import answer_question
from adaptation.models import Intervention
from adaptation.offers import outcomes
from telemetry import sittings
from telemetry.models import Event
from tests.fixtures import factories

pytestmark = pytest.mark.django_db
AHEAD = timedelta(seconds=90)


@pytest.fixture
def quiz(mia):
    unit = factories.make_quiz_unit(questions=1)
    factories.make_enrolment(mia, unit.course)
    return unit


@pytest.fixture
def page(mia, quiz, now):
    """A lesson that a host with a fast clock opened."""
    return sittings.open(mia, quiz, scenario="course", page=factories.new_code(), now=now + AHEAD)


def test_an_answer_is_stored_at_the_start_of_the_lesson(mia, quiz, page, now):
    question = quiz.questions.first()
    answer_question.answer(
        mia, question, question.answer, sitting=page, hints_used=0, elapsed_ms=4000, draw=None,
        now=now, rng=random.Random(1),
    )  # fmt: skip
    assert Event.objects.get(sitting=page, name="answer").t == 0


def test_an_accepted_offer_asks_the_teacher(mia, page, now):
    offer = Intervention.objects.create(
        sitting=page, learner=mia, rule="R1", version=1, cut=2, kind="ask_teacher", probability=1,
        delivered=True, sealed=b"", decided_at=now,
    )  # fmt: skip
    outcomes.record(offer.code, "accepted", page, now=now)
    assert Event.objects.get(sitting=page, name="stuck").t == 0
