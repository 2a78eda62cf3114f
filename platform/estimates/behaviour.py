"""Behaviour Estimates: a hidden Markov model filtered online, one step each ten seconds.

Where the filter stands is kept, sealed, with each Estimate: a restarted worker goes on from it, and
a withdrawal takes it along with the rest.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from uuid import UUID, uuid4

import numpy as np
from django.conf import settings

from consent import gate
from consent.gate import Permit
from emotion import artefacts
from emotion.behaviour import hmm, learn, observe
from emotion.behaviour.hmm import Filtered, Model
from estimates import predictors
from estimates.affect import Sensed
from estimates.models import BehaviourEstimate, Predictor
from estimates.storing import store
from telemetry.models import Event, Sitting
from telemetry.windows import span
from vault.errors import KeyDestroyed
from vault.values import Place, unseal_value

READS = ("pointer", "activity", "typing")
# What is done to the player of a video, as far as it tells of the Learner.
PLAYER = ("play", "pause", "seek", "rate")
# Cuts overlap by half; every other one is a step of ten seconds that overlaps with none.
EVERY = 2


def estimate(sensed: Sensed, *, now: datetime) -> bool:
    """Take one step of the Window's Sitting, where this Window is a step and was sensed."""
    predictor = predictors.active("behaviour")
    if predictor is None or sensed.row.cut % EVERY != 1 or not _streams(sensed):
        return False
    return _step(sensed, predictor, _model(predictor.name, predictor.digest), now)


def _streams(sensed: Sensed) -> list[str]:
    return sorted(set(READS) & sensed.cut.streams.keys())


def _step(sensed: Sensed, predictor: Predictor, model: Model, now: datetime) -> bool:
    sitting, cut = sensed.row.sitting, sensed.row.cut
    before = _before(sitting, cut, predictor, sensed.permits)
    hints, video_events = (
        _done(sitting, cut, "quiz", ("hint",)),
        _done(sitting, cut, "video", PLAYER),
    )
    observed = observe.observe(sensed.cut, hints, video_events)
    after = hmm.step(model, before[-1] if before else None, observe.scaled(observed))
    name = hmm.settled(
        model,
        [*before, after],
        sure=predictor.card["threshold"],
        dwell=predictor.card["network"]["dwell"],
    )
    made = uuid4()
    return store(
        BehaviourEstimate(
            id=made,
            sitting=sitting,
            cut=cut,
            predictor=predictor,
            status="late" if sensed.late else "live" if name else "abstained",
            made_at=now,
        ),
        {
            "proba": after.proba.tolist(),
            "log_likelihood": after.log_likelihood,
            "states": list(model.names),
            "state": name,
        },
        _streams(sensed),
        sensed.permits,
        place=_place(made, sitting.learner.code),
    )


def _before(
    sitting: Sitting, cut: int, predictor: Predictor, permits: Mapping[str, Permit]
) -> list[Filtered]:
    """Where the filter stood after the last two steps, as far as it may still be read."""
    rows = BehaviourEstimate.objects.filter(
        sitting=sitting, predictor=predictor, cut__in=[cut - 2 * EVERY, cut - EVERY]
    )
    found = []
    for row in rows.order_by("cut"):
        if not gate.covers(permits, row.scopes, row.epochs):
            continue
        try:
            opened = unseal_value(bytes(row.sealed), place=_place(row.id, sitting.learner.code))
        except KeyDestroyed:
            continue
        found.append(Filtered(np.array(opened["proba"]), opened["log_likelihood"]))
    return found


def _done(sitting: Sitting, cut: int, kind: str, names: tuple[str, ...]) -> int | None:
    """Course events of these names in the step; None where the Unit is of another kind."""
    if sitting.unit.kind != kind:
        return None
    t0, t1 = span(cut)
    return Event.objects.filter(sitting=sitting, name__in=names, t__gte=t0, t__lt=t1).count()


@lru_cache(maxsize=4)
def _model(name: str, digest: str) -> Model:
    return learn.model_of(*artefacts.read(Path(settings.ARTEFACTS_DIR) / f"{name}-{digest}"))


def _place(estimate_id: UUID, subject: UUID) -> Place:
    return Place("estimates_behaviourestimate", "sealed", str(estimate_id), subject)
