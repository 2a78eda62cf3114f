"""Simulated Learners in bulk, stuck on one question: they meet the rules as the worker brings
them, and what they try next is measured as the sweep does it."""

from __future__ import annotations

import uuid
from datetime import timedelta

from adaptation.effects import proximal
from adaptation.models import Intervention
from adaptation.offers import showing
from pipeline.windows import drain
from telemetry import sittings
from tests import factories, offering
from tests.cast import make

WRONG = "998877"
# The first three Windows of a Sitting fall due a second after their ends: a worker that came to all
# of them at once would leave out the stale.
LOOKED_AT = [timedelta(seconds=second) for second in (6, 11, 16)]
NEXT_TRY_S = (30, 240)


def come(course, count, *, now):
    """So many simulated Learners of a course."""
    found = [make(f"crowd-{uuid.uuid4().hex[:8]}", now=now) for _ in range(count)]
    for person in found:
        person.simulated = True
        person.save(update_fields=["simulated"])
        factories.make_enrolment(person, course)
    return found


def get_stuck(learners, question, *, now, rng, helped, alone):
    """Each is wrong twice and waits; then each tries again, and is right as often as `helped`
    says where an offer is on the page, as `alone` says where none is."""
    pages = [
        sittings.open(person, question.unit, scenario="course", page=uuid.uuid4(), now=now)
        for person in learners
    ]
    for page in pages:
        for second in (1, 2):
            offering.answer(page, question, WRONG, second)
    for moment in [now + later for later in LOOKED_AT]:
        drain(now=lambda moment=moment: moment, rng=rng)
    for page in pages:
        right = rng.random() < (helped if reads_an_offer(page) else alone)
        given = question.answer if right else WRONG
        offering.answer(page, question, given, rng.randint(*NEXT_TRY_S))
        sittings.touch(page.id, now + proximal.WITHIN)
    proximal.measure_due(now + proximal.WITHIN + LOOKED_AT[-1])


def reads_an_offer(page):
    decided = Intervention.objects.filter(sitting=page)
    return any(showing.message(row.code, page) for row in decided)
