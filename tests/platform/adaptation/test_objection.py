"""Learners who object to profiling get no offers, and questions in course order (Article 21)."""

from __future__ import annotations

import random
import uuid
from datetime import timedelta

import pytest

from adaptation import answer_question
from adaptation.models import Intervention
from adaptation.next_question import selection
from consent.permits import gate
from pipeline import window_processing as pipeline_windows
from privacy.subject_requests import requests
from telemetry import sittings
from tests.fixtures import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def quiz(mia):
    unit = factories.make_quiz_unit(questions=5)
    factories.make_enrolment(mia, unit.course)
    return unit


def be_stuck(person, quiz, now):
    """Two wrong answers and a pause, which bring an offer (see test_help_road)."""
    sitting = sittings.open(person, quiz, scenario="course", page=uuid.uuid4(), now=now)
    question = quiz.questions.get(position=1)
    for second in (10, 15):
        answer_question.answer(
            person, question, "999", sitting=sitting, hints_used=0, elapsed_ms=4000, draw=None,
            now=now + timedelta(seconds=second), rng=random.Random(1),
        )  # fmt: skip
    for second in range(0, 60, 5):
        at = now + timedelta(seconds=second + 2)
        pipeline_windows.drain(now=lambda at=at: at, rng=random.Random(1))


def test_nothing_is_offered(mia, quiz, now):
    requests.switch(mia, "objection", on=True, now=now)
    be_stuck(mia, quiz, now)
    assert not Intervention.objects.exists()


def test_an_offer_that_waits_is_taken_back(mia, quiz, now):
    be_stuck(mia, quiz, now)
    assert Intervention.objects.get().outcome is None
    requests.switch(mia, "objection", on=True, now=now)
    assert Intervention.objects.get().outcome == "withdrawn"


def test_withdrawing_the_objection_brings_offers_back(mia, quiz, now):
    requests.switch(mia, "objection", on=True, now=now)
    requests.switch(mia, "objection", on=False, now=now)
    be_stuck(mia, quiz, now)
    assert Intervention.objects.count() == 1


def test_questions_come_in_the_order_of_the_course_and_unchanged(mia, quiz, now):
    requests.switch(mia, "objection", on=True, now=now)
    permit = gate.permit(mia.code, "course", now=now)
    asked = []
    for number in range(5):
        chosen = selection.choose(mia, quiz, permit, rng=random.Random(number), now=now)
        asked.append(chosen.question.position)
        assert (chosen.probability, chosen.candidates) == (1.0, 1)
        answer_question.answer(
            mia, chosen.question, chosen.question.answer, sitting=None, hints_used=0,
            elapsed_ms=1000, draw=None, now=now, rng=random.Random(number),
        )  # fmt: skip
    assert asked == [1, 2, 3, 4, 5]
    assert selection.choose(mia, quiz, permit, rng=random.Random(1), now=now) is None


def test_without_an_objection_the_draw_decides(mia, quiz, now):
    """Guard: the test above would pass if the order were always that of the course."""
    permit = gate.permit(mia.code, "course", now=now)
    firsts = {
        selection.choose(mia, quiz, permit, rng=random.Random(seed), now=now).question.position
        for seed in range(20)
    }
    assert len(firsts) > 1
