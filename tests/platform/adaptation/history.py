"""Past days for replays: Learners who miss a question, wait, and miss it again."""

from __future__ import annotations

import uuid
from datetime import timedelta

from courses.models import Response
from estimates import affect
from estimates.affect import Guess
from estimates.models import AffectEstimate
from telemetry.models import Event, Sitting
from vault.values import seal_value


def day(person, unit, begin, *, questions, minutes=40, every_s=60, wrong=(True, True, False)):
    """One Sitting: an answer every minute, by turns not right, not right, right."""
    sitting = Sitting.objects.create(
        learner=person,
        unit=unit,
        page=uuid.uuid4(),
        began_at=begin,
        active_at=begin + timedelta(minutes=minutes),
        ended_at=begin + timedelta(minutes=minutes),
    )
    events, answers = [], []
    for number in range(minutes * 60 // every_s):
        t = 5.0 + every_s * number
        at, question = (
            begin + timedelta(seconds=t),
            questions[number // len(wrong) % len(questions)],
        )
        right = not wrong[number % len(wrong)]
        answers.append(
            Response(
                learner=person,
                question=question,
                sitting=sitting.id,
                given_sealed=b"",
                correct=right,
                elapsed_ms=4000,
                answered_at=at,
            )
        )
        events.append(_event(sitting, t, "answer", float(right), question.code))
    Response.objects.bulk_create(answers)
    Event.objects.bulk_create(events)
    return sitting


def _event(sitting, t, name, value, ref):
    at = sitting.began_at + timedelta(seconds=t)
    return Event(id=uuid.uuid4(), sitting=sitting, t=t, name=name, value=value, ref=ref, at=at)


def guess_all(sitting, predictor, *, cuts, confusion, scopes=("pointer:adapt",)):
    """One Estimate for each cut, sealed as the worker seals it."""
    learner = sitting.learner
    epochs = {name: learner.grants.get(scope=name).epoch for name in scopes}
    rows = []
    for cut in cuts:
        made, at = uuid.uuid4(), sitting.began_at + timedelta(seconds=5 * cut + 6)
        p = confusion(cut)
        ranges = {"CONFUSION": (p, p - 0.05, p + 0.05), "INTEREST": (1 - p, 0.9 - p, 1 - p)}
        guess = Guess(ranges, False, (), 0.9, ["pointer"], list(scopes))
        sealed = seal_value(
            affect.as_json(guess),
            place=affect._place(made, learner.code),
            scopes=epochs,
            now=at,
        )
        rows.append(
            AffectEstimate(
                id=made,
                sitting=sitting,
                cut=cut,
                predictor=predictor,
                learner=learner,
                scopes=list(epochs),
                epochs=list(epochs.values()),
                status="live",
                sealed=sealed,
                made_at=at,
            )
        )
    return AffectEstimate.objects.bulk_create(rows)
