"""Interventions of kind `adjust` as the deciding worker writes them."""

from __future__ import annotations

import itertools
import uuid

from adaptation.models import Intervention
from adaptation.offers import reasons
from adaptation.rules import in_force
from telemetry import sittings
from vault.values import seal_value

_cuts = itertools.count(1)
WHY = {"heading": "A little easier", "lead": "You missed this twice and waited a while."}
GIFT = {"accept": "All right", "text": "", "names": {}}
# One that ships no more, so that its reason is told as it was written.
GONE = 99


def adjust(learner, question, rule, now, *, way="", scopes=(), epochs=(), delivered=True, **fields):
    """A rule fired, and what it decided was delivered, or held back by lot."""
    way = way or in_force.shipped()[rule].adjust
    sitting = sittings.open(learner, question.unit, scenario="course", page=uuid.uuid4(), now=now)
    code = uuid.uuid4()
    sealed = seal_value(
        {"why": WHY, "facts": {}, "draw": 0.0, "gift": {**GIFT, "adjust": way}},
        place=reasons.place(code, learner.code),
        scopes={"course": 0, **dict(zip(scopes, epochs, strict=True))},
        now=now,
    )
    values = {
        "code": code,
        "sitting": sitting,
        "learner": learner,
        "question": question,
        "rule": rule,
        "version": GONE,
        "cut": next(_cuts),
        "kind": "adjust",
        "probability": 0.5,
        "delivered": delivered,
        "scopes": list(scopes),
        "epochs": list(epochs),
        "sealed": sealed,
        "decided_at": now,
    }
    return Intervention.objects.create(**(values | fields))
