"""Each choice is stored with its candidates and probability; one waits in a unit until asked."""

from __future__ import annotations

import random
import uuid
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from adaptation import answer_question
from adaptation.next_question import choice_log, selection, target_success_rate
from adaptation.next_question.models import Choice, CourseTarget
from consent.permits import gate
from emotion.knowledge.item_selection import Candidate, SuccessBand, draw_probabilities
from estimates.knowledge import mastery
from estimates.models import AffectEstimate
from estimates.registry.predictors import find_active
from privacy.subject_requests import requests
from telemetry import sittings
from tests.fixtures.models.estimates import make_predictor_row, store_estimate
from vault.errors import KeyDestroyed
from vault.keystore import open_keystore

pytestmark = pytest.mark.django_db


def permit(learner, now):
    return gate.permit(learner.code, "course", now=now)


def answer(learner, question, given, now):
    return answer_question.answer(
        learner, question, given, sitting=None, hints_used=0, elapsed_ms=1000, draw=None,
        now=now, rng=random.Random(0),
    )  # fmt: skip


def ask(learner, unit, now, after=None):
    rng = random.Random(3)
    return selection.ask(learner, unit, permit(learner, now), rng=rng, now=now, after=after)


def test_the_candidates_and_the_probability_are_stored(mia, quiz, now):
    places = list(quiz.questions.filter(position__isnull=False))
    chances = mastery.read(permit(mia, now)).predict(places)

    question = ask(mia, quiz, now)

    row = Choice.objects.get()
    found = choice_log.open_details(row, permit(mia, now))
    field = [Candidate(str(place.code), chances[place.pk]) for place in places]
    assert [(each.code, each.predicted) for each in found.among] == [
        (each.code, each.predicted) for each in field
    ]
    place = question.sibling or question
    expected = dict(
        zip([each.code for each in field], draw_probabilities(field, SuccessBand()), strict=True)
    )
    assert row.probability == pytest.approx(expected[str(place.code)])
    assert (row.question, row.candidates, row.asked_at, found.target) == (question, 3, now, 0.75)


def test_a_reload_asks_the_waiting_question_without_a_new_draw(mia, quiz, now):
    following = answer(mia, quiz.questions.get(position=1), "5", now).next_question.question
    assert Choice.objects.get().asked_at is None

    assert ask(mia, quiz, now) == following
    assert Choice.objects.get().asked_at == now


def test_the_database_allows_one_waiting_choice(mia, quiz, now):
    for minute in range(3):
        answer(mia, quiz.questions.get(position=1), "999", now + timedelta(minutes=minute))
    (row,) = Choice.objects.all()

    row.id = row.unit.code
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save(force_insert=True)


def test_when_all_is_done_nothing_waits(mia, quiz, now):
    for place in quiz.questions.filter(position__isnull=False):
        answer(mia, place, place.answer, now)

    assert not Choice.objects.exists()
    assert ask(mia, quiz, now) is None


def test_nothing_is_drawn_or_stored_for_an_objector(mia, quiz, now):
    answer(mia, quiz.questions.get(position=2), "999", now)
    requests.switch(mia, "objection", on=True, now=now)

    assert ask(mia, quiz, now).position == 1
    assert not Choice.objects.exists()


def test_an_estimate_without_an_intervention_changes_no_choice(mia, quiz, allow, now):
    allow(mia, "pointer:adapt")

    def drawn():
        allowed = permit(mia, now)
        found = [
            selection.choose(mia, quiz, allowed, rng=random.Random(seed), now=now)
            for seed in range(20)
        ]
        return [(one.question, one.probability, one.weighed) for one in found]

    before = drawn()
    sitting = sittings.open(mia, quiz, scenario="course", page=uuid.uuid4(), now=now)
    for cut in range(1, 6):
        store_estimate(
            sitting,
            cut,
            make_predictor_row("affect", "a") if cut == 1 else find_active("affect"),
            now,
            CONFUSION=0.95,
        )
    assert AffectEstimate.objects.count() == 5
    assert drawn() == before


def test_a_teachers_target_moves_what_is_drawn(mia, quiz, now):
    for place, difficulty in zip(
        quiz.questions.filter(position__isnull=False), (1, 3, 5), strict=True
    ):
        quiz.questions.filter(pk=place.pk).update(difficulty=difficulty)

    def shares(target):
        target_success_rate.set_target(quiz.course, target, now=now)
        allowed, counted = permit(mia, now), [0, 0, 0]
        for seed in range(60):
            one = selection.choose(mia, quiz, allowed, rng=random.Random(seed), now=now)
            counted[(one.question.sibling or one.question).position - 1] += 1
        return counted

    assert shares(0.9)[0] > shares(0.5)[0]


@pytest.mark.parametrize("target", [0.49, 0.91])
def test_a_target_outside_the_band_is_refused_here_and_by_the_database(quiz, target, now):
    with pytest.raises(ValueError, match="band"):
        target_success_rate.set_target(quiz.course, target, now=now)
    with pytest.raises(IntegrityError), transaction.atomic():
        CourseTarget.objects.create(course=quiz.course, target=target)


def test_details_are_unreadable_once_the_key_is_destroyed(mia, quiz, now):
    ask(mia, quiz, now)
    allowed, row = permit(mia, now), Choice.objects.get()
    assert b"among" not in bytes(row.sealed)

    open_keystore().destroy(mia.code, ["course"])

    with pytest.raises(KeyDestroyed):
        choice_log.open_details(row, allowed)
