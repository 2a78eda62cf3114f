"""A Learner's personal calibration: learnt from self-reports, applied to estimates of that Learner.

A report makes it due (`due_at`). It is made of valid Estimates under live consent and sealed under
all their scopes. It is used only for estimates with those scopes (I-1).
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
from consent.permits.trigger_errors import refuse_without_grant
from consent.scopes import ADAPT_SCOPES
from emotion.calibration.personal import PersonalScaling, fit_personal
from estimates import self_reports
from estimates.inference import affect
from estimates.inference.affect import Guess, SensedWindow
from estimates.models import AffectEstimate, PersonalCalibration, Predictor, SelfReport
from estimates.registry import predictors
from estimates.self_reports import OpenedReport
from telemetry import windows
from vault.errors import KeyDestroyed, KeystoreBusy
from vault.sealed_values import Place, seal_value, unseal_value
from work_queue.due_rows import describe_error, lock_due, process_each

logger = logging.getLogger(__name__)
# Fewer reports with an estimate are not enough to learn from.
MIN_REPORTS: Final = 3
LOOK_BACK: Final = timedelta(days=30)
# The largest distance in cuts between a report and the estimate it is paired with.
MAX_DISTANCE: Final = 3
BATCH: Final = 20


@dataclass(frozen=True, slots=True)
class ReportedGuess:
    """An estimate near the time of a self-report, and the scopes it was made under."""

    said: str
    guess: Guess
    epochs: Mapping[str, int]


def learn_due(*, now: datetime) -> int:
    """Update the calibration of Learners with due reports; return for how many Learners."""
    with transaction.atomic():
        due = lock_due(SelfReport.objects.select_related("learner"), BATCH, now=now)
        learners = {row.learner_id: row.learner for row in due}
        if learners and (by := predictors.find_active(predictors.SHOWN_KIND)):
            process_each(
                learners.values(),
                lambda learner: _learn_alone(learner, by, now),
                postpone=_log_failure,
            )
        SelfReport.objects.filter(pk__in=[row.pk for row in due]).update(due_at=None)
    return len(learners)


@transaction.atomic
def _learn_alone(learner: User, by: Predictor, now: datetime) -> int:
    learn(learner, by, now=now)
    return 1


def _log_failure(_learner: User, error: Exception) -> None:
    """Log it; the calibration is computed again with the next report."""
    logger.error("personal.failed", extra=describe_error(error))


def learn(learner: User, by: Predictor, *, now: datetime) -> None:
    """Compute it again, or delete it where too few reports have an estimate near them."""
    permits = gate.permits(learner.code, ["course", *ADAPT_SCOPES], now=now).granted
    found = _pair_reports(learner, by, permits, now) if "course" in permits else []
    PersonalCalibration.objects.filter(learner=learner, predictor=by).delete()
    if len(found) >= MIN_REPORTS:
        _store(learner, by, found, now)


def load_each(batch: Sequence[SensedWindow], by: Predictor) -> dict[int, PersonalScaling]:
    """Return the calibrations to apply, by Learner."""
    permits = {each.row.sitting.learner_id: each.permits for each in batch}
    rows = PersonalCalibration.objects.filter(learner__in=permits, predictor=by)
    read = {row.learner_id: _open_or_none(row, permits[row.learner_id]) for row in rows}
    return {learner: own for learner, own in read.items() if own is not None}


def _open_or_none(
    row: PersonalCalibration, permits: Mapping[str, Permit]
) -> PersonalScaling | None:
    """Skip a row that cannot be read, so that other Learners' estimates are still made."""
    try:
        return open_calibration(row, permits)
    except KeystoreBusy:
        raise
    except Exception:
        logger.exception("personal.unreadable")
        return None


def count_reports(learner: User, *, now: datetime) -> int:
    """Return how many self-reports influence the Learner's estimates now; 0 for none."""
    rows = PersonalCalibration.objects.filter(
        predictor__active=True, predictor__kind=predictors.SHOWN_KIND
    )
    row = rows.filter(learner=learner).first()
    if row is None:
        return 0
    own = open_calibration(row, gate.permits(learner.code, row.scopes, now=now).granted)
    return own.reports if own else 0


def open_calibration(
    row: PersonalCalibration, permits: Mapping[str, Permit]
) -> PersonalScaling | None:
    """Open a row; None where one of its scopes is not granted now."""
    if not gate.covers(permits, row.scopes, row.epochs):
        return None
    place = _place(row.id, permits[row.scopes[0]].subject)
    try:
        value = unseal_value(bytes(row.sealed), place=place)
    except KeyDestroyed:
        return None
    return PersonalScaling(
        np.asarray(value["bias"]), value["camera"], value["agreed"], value["reports"]
    )


def _pair_reports(
    learner: User, by: Predictor, permits: Mapping[str, Permit], now: datetime
) -> list[ReportedGuess]:
    """Return, for each reported feeling, the nearest estimate of this Predictor, if any."""
    labels = set(by.card["labels"])
    reports = self_reports.reports_since(permits["course"], now - LOOK_BACK)
    named = [one for one in reports if one.label.upper() in labels]
    near = {(one.sitting, cut) for one in named for cut in _cuts_by_distance(one)}
    rows = AffectEstimate.objects.filter(
        learner=learner,
        predictor=by,
        status__in=("live", "disputed"),
        sitting__in={sitting for sitting, _ in near},
        cut__in={cut for _, cut in near},
    )
    estimates = {(row.sitting_id, row.cut): row for row in rows}
    pairs = ((one, _find_nearest(one, estimates)) for one in named)
    read = (_read_pair(one, row, permits) for one, row in pairs if row is not None)
    return [each for each in read if each is not None]


def _cuts_by_distance(one: OpenedReport) -> Iterable[int]:
    """Return the Window whose middle is nearest to the report, then its neighbours."""
    middle = round(one.t / windows.HOP_S)
    around = range(max(0, middle - MAX_DISTANCE), middle + MAX_DISTANCE + 1)
    return sorted(around, key=lambda cut: (abs(cut - middle), cut))


def _find_nearest(
    one: OpenedReport, estimates: Mapping[tuple[UUID, int], AffectEstimate]
) -> AffectEstimate | None:
    found = (estimates.get((one.sitting, cut)) for cut in _cuts_by_distance(one))
    return next((row for row in found if row is not None), None)


def _read_pair(
    one: OpenedReport, row: AffectEstimate, permits: Mapping[str, Permit]
) -> ReportedGuess | None:
    try:
        guess = affect.read(row, permits)
    except (KeyError, KeyDestroyed):
        return None
    epochs = dict(zip(row.scopes, row.epochs, strict=True))
    return ReportedGuess(one.label.upper(), guess, epochs) if guess.raw else None


def _store(learner: User, by: Predictor, found: Sequence[ReportedGuess], now: datetime) -> None:
    epochs: dict[str, int] = {}
    for each in found:
        epochs |= each.epochs
    row_id = uuid4()
    place = _place(row_id, learner.code)
    row = PersonalCalibration(
        id=row_id,
        learner=learner,
        predictor=by,
        scopes=list(epochs),
        epochs=list(epochs.values()),
        sealed=seal_value(_fit(by, found), place=place, scopes=epochs, now=now),
        made_at=now,
    )
    try:
        with transaction.atomic(), refuse_without_grant():
            row.save(force_insert=True)
    except (IntegrityError, Refused):
        # Consent was withdrawn meanwhile, or another worker was faster.
        logger.info("personal.refused")


def _fit(by: Predictor, found: Sequence[ReportedGuess]) -> dict[str, object]:
    labels = list(by.card["labels"])
    outputs = np.array([[each.guess.raw[label] for label in labels] for each in found])  # (N, K, 2)
    reported = np.array([labels.index(each.said) for each in found])
    own = fit_personal(outputs[..., 0], reported, outputs[..., 1])
    return {
        "bias": own.bias.tolist(),
        "camera": own.camera,
        "agreed": own.agreed,
        "reports": own.reports,
    }


def _place(id: UUID, subject: UUID) -> Place:
    return Place("estimates_personalcalibration", "sealed", str(id), subject)
