"""What the worker does at the end of Windows, with facts put beside those that the rows give."""

from __future__ import annotations

import random
import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from adaptation import answering, decide
from adaptation.facts import course_rows, gathering
from consent import gate
from consent.scopes import ADAPT_SCOPES
from interventions.facts import Fact
from telemetry import sittings, windows
from tests import factories


def answer(sitting, question, given, second, *, hints=0, ms=4000, draw=None):
    """One answer so many seconds into the Sitting."""
    return answering.answer(
        sitting.learner,
        question,
        given,
        sitting=sitting,
        hints_used=hints,
        elapsed_ms=ms,
        draw=draw,
        now=sitting.began_at + timedelta(seconds=second),
        rng=random.Random(1),
    )


def stuck(person, now):
    """A Sitting on a quiz whose first question was just answered wrong."""
    unit = factories.make_quiz_unit()
    factories.make_enrolment(person, unit.course)
    sitting = sittings.open(person, unit, scenario="course", page=uuid.uuid4(), now=now)
    answer(sitting, unit.questions.get(position=1), "999", 0)
    return sitting


@pytest.fixture
def real_now():
    """The database looks at its own clock: the yes has to hold by that one too."""
    return timezone.now()


@pytest.fixture
def stuck_under_a_yes(mia, allow, now):
    """mia, who allows one stream, stuck on a question for a minute."""
    allow(mia, "pointer:adapt")
    return stuck(mia, now)


def permits(sitting, at):
    return gate.permits(sitting.learner.code, ["course", *ADAPT_SCOPES], now=at).granted


def known(sitting, cut, planted=()):
    """Course rows and facts at the end of a Window."""
    at = windows.end_of(sitting, cut)
    permit = gate.permit(sitting.learner.code, "course", now=at)
    course = course_rows.read(sitting, permit, now=at)
    guessed = {**gathering.unknown_estimates(), **dict(planted)}
    return course, gathering.gather(course, guessed, permit, now=at)


def weigh(sitting, cut, planted=(), *, rng=None, may_show_guesses=True):
    """The offer of one Window, if any; `planted` facts stand above what the rows say."""
    at = windows.end_of(sitting, cut)
    course, found = known(sitting, cut, planted)
    return decide.decide(
        course,
        {**found, **dict(planted)},
        permits(sitting, at),
        cut=cut,
        now=at,
        rng=rng or random.Random(1),
        may_show_guesses=may_show_guesses,
    )


def until_offered(sitting, planted=(), *, first=1, last=60):
    """Window by Window until something is offered: the offer and its cut, or (None, last)."""
    for cut in range(first, last):
        offer = weigh(sitting, cut, planted)
        if offer is not None:
            return offer, cut
    return None, last


def felt(name, best=0.9, *, scopes=(), since_s=60.0):
    """A guess that a Predictor is sure of."""
    return {name: Fact(best, since_s, "sensed", 1.0, scopes, best - 0.1, min(1.0, best + 0.05))}
