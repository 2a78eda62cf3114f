"""A Learner's own calibration: learnt from what they said, applied to what is guessed of them.

A report owes it (`due_at`); it is made of Estimates that still stand under a yes that still holds,
kept sealed under all their scopes, and never reaches further than the guess it is applied to (I-1).
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

import numpy as np
from django.db import IntegrityError, transaction

from accounts.models import User
from consent.permits import gate
from consent.permits.errors import Refused
from consent.permits.gate import Permit
from consent.permits.trigger_errors import walled
from consent.scopes import ADAPT_SCOPES
from emotion.calibration.personal import PersonalScaling, fit_personal
from estimates import self_reports
from estimates.inference import affect
from estimates.inference.affect import Guess, Sensed
from estimates.models import AffectEstimate, PersonalCalibration, Predictor, SelfReport
from estimates.registry import predictors
from estimates.self_reports import Said
from telemetry import windows
from vault.errors import KeyDestroyed
from vault.sealed_values import Place, seal_value, unseal_value

logger = logging.getLogger(__name__)
# With fewer reports beside a guess there is nothing of one's own to learn.
LEAST: Final = 3
REACHES_BACK: Final = timedelta(days=30)
# A guess is of the Window a report falls into, or of one this many cuts from it.
NEAR: Final = 3
AT_ONCE: Final = 20


@dataclass(frozen=True, slots=True)
class Beside:
    """A guess that stood when somebody said how it was, and the scopes it was made under."""

    said: str
    guess: Guess
    epochs: Mapping[str, int]


def learn_due(*, now: datetime) -> int:
    """Learn from the reports that are due; of how many Learners."""
    with transaction.atomic():
        rows = SelfReport.objects.filter(due_at__lte=now).select_related("learner")
        due = list(rows.select_for_update(skip_locked=True, of=("self",))[:AT_ONCE])
        learners = {row.learner_id: row.learner for row in due}
        if learners and (by := predictors.active(predictors.SHOWN)):
            for learner in learners.values():
                _learn_alone(learner, by, now)
        SelfReport.objects.filter(pk__in=[row.pk for row in due]).update(due_at=None)
    return len(learners)


def _learn_alone(learner: User, by: Predictor, now: datetime) -> None:
    """One whose rows cannot be read keeps nobody else's waiting."""
    try:
        with transaction.atomic():
            learn(learner, by, now=now)
    except Exception:
        logger.exception("personal.failed")


def learn(learner: User, by: Predictor, *, now: datetime) -> None:
    """Make it anew, or let it go where too few reports stand beside a guess."""
    permits = gate.permits(learner.code, ["course", *ADAPT_SCOPES], now=now).granted
    found = _beside(learner, by, permits, now) if "course" in permits else []
    PersonalCalibration.objects.filter(learner=learner, predictor=by).delete()
    if len(found) >= LEAST:
        _keep(learner, by, found, now)


def of(batch: Sequence[Sensed], by: Predictor) -> dict[int, PersonalScaling]:
    """Whose guesses are to be shifted, and how; by Learner."""
    permits = {each.row.sitting.learner_id: each.permits for each in batch}
    rows = PersonalCalibration.objects.filter(learner__in=permits, predictor=by)
    read = {row.learner_id: _or_none(row, permits[row.learner_id]) for row in rows}
    return {learner: own for learner, own in read.items() if own is not None}


def _or_none(row: PersonalCalibration, permits: Mapping[str, Permit]) -> PersonalScaling | None:
    """One that cannot be read is no reason to guess nothing of anybody."""
    try:
        return opened(row, permits)
    except Exception:
        logger.exception("personal.unreadable")
        return None


def reports_of(learner: User, *, now: datetime) -> int:
    """How many of their own words draw what is guessed of them now; 0 where none do."""
    shown = PersonalCalibration.objects.filter(
        predictor__active=True, predictor__kind=predictors.SHOWN
    )
    row = shown.filter(learner=learner).first()
    if row is None:
        return 0
    own = opened(row, gate.permits(learner.code, row.scopes, now=now).granted)
    return own.reports if own else 0


def opened(row: PersonalCalibration, permits: Mapping[str, Permit]) -> PersonalScaling | None:
    """What is in a row; None where one of its scopes is not open now."""
    if not gate.covers(permits, row.scopes, row.epochs):
        return None
    place = _place(row.id, permits[row.scopes[0]].subject)
    try:
        told = unseal_value(bytes(row.sealed), place=place)
    except KeyDestroyed:
        return None
    return PersonalScaling(
        np.asarray(told["bias"]), told["camera"], told["agreed"], told["reports"]
    )


def _beside(
    learner: User, by: Predictor, permits: Mapping[str, Permit], now: datetime
) -> list[Beside]:
    """For each feeling they named, the nearest guess of this Predictor, if one stands."""
    labels = set(by.card["labels"])
    said = self_reports.said_since(permits["course"], now - REACHES_BACK)
    felt = [one for one in said if one.label.upper() in labels]
    near = {(one.sitting, cut) for one in felt for cut in _cuts(one)}
    rows = AffectEstimate.objects.filter(
        learner=learner,
        predictor=by,
        status__in=("live", "disputed"),
        sitting__in={sitting for sitting, _ in near},
        cut__in={cut for _, cut in near},
    )
    stands = {(row.sitting_id, row.cut): row for row in rows}
    pairs = ((one, _nearest(one, stands)) for one in felt)
    read = (_read(one, row, permits) for one, row in pairs if row is not None)
    return [each for each in read if each is not None]


def _cuts(one: Said) -> Iterable[int]:
    """The Window whose middle is nearest to when it was said, then those around it."""
    middle = round(one.t / windows.HOP_S)
    around = range(max(0, middle - NEAR), middle + NEAR + 1)
    return sorted(around, key=lambda cut: (abs(cut - middle), cut))


def _nearest(one: Said, stands: Mapping[tuple[UUID, int], AffectEstimate]) -> AffectEstimate | None:
    found = (stands.get((one.sitting, cut)) for cut in _cuts(one))
    return next((row for row in found if row is not None), None)


def _read(one: Said, row: AffectEstimate, permits: Mapping[str, Permit]) -> Beside | None:
    try:
        guess = affect.read(row, permits)
    except (KeyError, KeyDestroyed):
        return None
    epochs = dict(zip(row.scopes, row.epochs, strict=True))
    return Beside(one.label.upper(), guess, epochs) if guess.raw else None


def _keep(learner: User, by: Predictor, found: Sequence[Beside], now: datetime) -> None:
    epochs: dict[str, int] = {}
    for each in found:
        epochs |= each.epochs
    made = uuid4()
    place = _place(made, learner.code)
    row = PersonalCalibration(
        id=made,
        learner=learner,
        predictor=by,
        scopes=list(epochs),
        epochs=list(epochs.values()),
        sealed=seal_value(_learnt(by, found), place=place, scopes=epochs, now=now),
        made_at=now,
    )
    try:
        with transaction.atomic(), walled():
            row.save(force_insert=True)
    except (IntegrityError, Refused):
        # A yes was taken back in between, or another worker was quicker.
        logger.info("personal.refused")


def _learnt(by: Predictor, found: Sequence[Beside]) -> dict[str, object]:
    labels = list(by.card["labels"])
    told = np.array([[each.guess.raw[label] for label in labels] for each in found])  # (N, K, 2)
    said = np.array([labels.index(each.said) for each in found])
    own = fit_personal(told[..., 0], said, told[..., 1])
    return {
        "bias": own.bias.tolist(),
        "camera": own.camera,
        "agreed": own.agreed,
        "reports": own.reports,
    }


def _place(id: UUID, subject: UUID) -> Place:
    return Place("estimates_personalcalibration", "sealed", str(id), subject)
