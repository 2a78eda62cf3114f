"""A year of a learner opens within a second, with queries that do not grow with it."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from consent.permits import gate
from consent.scopes import ADAPT_SCOPES
from courses.models import Response
from estimates.inference import affect
from estimates.inference.affect import Guess, SensedWindow
from estimates.models import AffectEstimate, SelfReport
from telemetry.models import Window
from tests.fixtures import factories
from tests.fixtures.models.estimates import make_predictor_row
from tests.fixtures.past_months import answer, offer, say, sit

pytestmark = pytest.mark.django_db
PAGE = "/journey/months/"
REPORTS, ESTIMATES, ANSWERS = 2000, 5000, 1500


def live(mia, now, *, reports, answers):
    """Spread reports, offers and answers over a year."""
    questions = [factories.make_question(skills=[factories.make_skill()]) for _ in range(10)]
    per_month = reports // 12
    for month in range(12):
        at = now - timedelta(days=29 * month)
        sitting = sit(mia, at)
        words = [("confusion", {"valence": 3, "arousal": 6}), ("confidence", {})]
        say(sitting, at, *(words[n % 2] for n in range(per_month)))
        offer(sitting, 1, at, "accepted", next_answer="right")
    for n in range(answers):
        at = now - timedelta(days=340 * n / answers)
        answer(mia, questions[n % 10], at, correct=n % 3 > 0)


def store_many(sitting, model, now, n):
    """Store estimates of five seconds each, as the worker does."""
    permits = gate.permits(sitting.learner.code, ADAPT_SCOPES, now=now).granted
    spans = {"INTEREST": (0.8, 0.7, 0.9)}
    guess = Guess(spans, False, (), 0.9, ["pointer"], ["pointer:adapt"], model.digest)
    for first in range(1, n + 1, 500):
        rows = [Window(sitting=sitting, cut=cut) for cut in range(first, min(first + 500, n + 1))]
        sensed = [SensedWindow(row, None, permits, late=False) for row in rows]
        affect.store_guesses([(each, guess) for each in sensed], now=now)


@pytest.mark.timed
def test_a_year_opens_within_a_second(client_for, mia, allow):
    now = timezone.now()
    allow(mia, "pointer:adapt", now=now)
    live(mia, now, reports=REPORTS, answers=ANSWERS)
    store_many(sit(mia, now), make_predictor_row("affect", "a"), now, ESTIMATES)
    assert SelfReport.objects.count() == REPORTS // 12 * 12
    assert AffectEstimate.objects.count() == ESTIMATES
    assert Response.objects.count() == ANSWERS
    client = client_for(mia)
    client.get(PAGE)
    began = time.perf_counter()
    page = client.get(PAGE).content.decode()
    took = time.perf_counter() - began
    assert page.count('<section class="card month') >= 11
    assert took <= 1.0


def test_the_queries_do_not_grow_with_the_data(client_for, mia, allow):
    now, model = timezone.now(), make_predictor_row("affect", "a")
    allow(mia, "pointer:adapt", now=now)
    live(mia, now, reports=24, answers=20)
    store_many(sit(mia, now), model, now, 48)
    client = client_for(mia)
    few = count_queries(client)
    live(mia, now - timedelta(minutes=1), reports=120, answers=60)
    store_many(sit(mia, now), model, now, 240)
    assert count_queries(client) == few


def count_queries(client):
    client.get(PAGE)
    with CaptureQueriesContext(connection) as queries:
        client.get(PAGE)
    return len(queries)
