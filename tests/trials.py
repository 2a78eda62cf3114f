"""Decisions by lot with what came next, as many as a test wants."""

from __future__ import annotations

import random
import uuid
from datetime import timedelta

from adaptation.effects import proximal, wordings
from adaptation.models import (
    Intervention,
    ProximalOutcome,
    Trial,
    WordingShown,
    WordingTrial,
)
from telemetry import sittings
from tests import factories
from tests.cast import make


def run(
    course, now, decisions, *, rule="R1", learners=6, simulated=False, lift=0.0, planned=500
) -> Trial:
    """So many decisions in turns, half of them held back; right half of the time, and `lift` more
    often where offered. Each of the learners has answered after a minute, or left."""
    rng = random.Random(decisions)
    unit = factories.make_quiz_unit(course, questions=1)
    people = [factories.make_user(simulated=simulated) for _ in range(learners)]
    pages = [
        sittings.open(person, unit, scenario="course", page=uuid.uuid4(), now=now)
        for person in people
    ]
    for n in range(decisions):
        page, offered = pages[n % learners], n // learners % 2 == 0
        row = Intervention.objects.create(
            sitting=page, learner=page.learner, rule=rule, version=1, cut=n + 1, kind="hint",
            probability=0.5, delivered=offered, sealed=b"", decided_at=now + timedelta(minutes=n),
        )  # fmt: skip
        proximal.follow(row, by_lot=True)
        followed(row, right=rng.random() < 0.5 + lift * offered)
    trial = Trial.objects.get(course=course, rule=rule)
    trial.decisions = planned
    trial.save()
    return trial


def followed(row, *, right: bool) -> None:
    """What came next, as the sweep would have written it down."""
    ProximalOutcome.objects.filter(pk=row.pk).update(
        due_at=None, right=right, left=not right, after_s=60.0 if right else None
    )


def worded(
    hint, now, *, first, other, right_first=0, right_other=0, simulated=False
) -> WordingTrial:
    """So many cases of each wording of a hint, by as many learners, all of them measured."""
    opener = make(f"opener-{hint.pk}-{simulated}", now=now)
    opener.simulated = simulated
    opener.save()
    factories.make_enrolment(opener, hint.question.course)
    wordings.read_other(opener, [hint], now=now, rng=random.Random(1))
    trial = WordingTrial.objects.get(hint=hint, simulated=simulated)
    trial.shown.all().delete()
    WordingShown.objects.bulk_create(
        WordingShown(
            trial=trial, learner=factories.make_user(simulated=simulated), other=bool(which),
            probability=0.5, shown_at=now, due_at=None, right=n < right,
        )
        for which, count, right in ((0, first, right_first), (1, other, right_other))
        for n in range(count)
    )  # fmt: skip
    return trial
