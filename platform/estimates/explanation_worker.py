"""Working off owed Explanations: what the guess was made from is read again, or it cannot be told.

The Window is opened under live Permits of the Estimate's own scopes and epochs alone (I-1, I-2), by
the Predictor that guessed. Where that gives another guess than the one that stands, something it
was made from has gone since, and nothing is told. Only workers come here, because it needs torch.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from django.db import transaction

from consent.permits import gate
from consent.permits.errors import Refused
from consent.permits.gate import Permit
from consent.permits.trigger_errors import walled
from emotion import artefacts, explain
from estimates.explanations import Told, place
from estimates.inference import affect, sitting_baseline
from estimates.models import AffectEstimate, Explanation
from estimates.registry import predictors
from estimates.registry.predictors import InUse
from telemetry import windows
from telemetry.models import Window
from vault.errors import KeyDestroyed
from vault.sealed_values import seal_value

if TYPE_CHECKING:
    from emotion.models import Predictor as Learned
    from emotion.windows import Window as Cut

logger = logging.getLogger(__name__)
BATCH = 8
LEASE = timedelta(minutes=1)
# One forward of many and one of a few differ by less; a Window that lost rows by more.
SAME = 0.02


class Gone(Exception):
    """What the guess was made from cannot be read any more as it was."""


def work_off(*, now: Callable[[], datetime]) -> int:
    """Answer everything that is owed; how many that were."""
    done = 0
    while owed := _claim(now()):
        for row in owed:
            _store(row, _told(row, now()), now())
        done += len(owed)
    return done


def _claim(now: datetime) -> Sequence[Explanation]:
    """Take what is owed for a minute. Nothing stays locked: a worker that dies gives it back."""
    with transaction.atomic():
        due = Explanation.objects.filter(due_at__lte=now).order_by("due_at")
        rows = due.select_for_update(skip_locked=True, of=["self"])
        claimed = list(
            rows.select_related("learner", "estimate__predictor", "estimate__sitting__learner")[
                :BATCH
            ]
        )
        ids = [row.pk for row in claimed]
        Explanation.objects.filter(pk__in=ids).update(due_at=now + LEASE)
    return claimed


def _told(row: Explanation, now: datetime) -> Told | None:
    """The answer, or None where there can be none."""
    permits = gate.permits(row.learner.code, row.scopes, now=now).granted
    try:
        return _explained(row.estimate, permits)
    except (Gone, KeyError, KeyDestroyed, artefacts.BrokenArtefact):
        return None
    except Exception:
        logger.exception("explanation.failed")
        return None


def _explained(estimate: AffectEstimate, permits: Mapping[str, Permit]) -> Told:
    guess = affect.read(estimate, permits)
    label, *_ = guess.likeliest
    learned = predictors.loaded(estimate.predictor.name, estimate.predictor.digest)
    cut = _seen_again(estimate, learned, [permits[scope] for scope in guess.scopes])
    said = learned.predict([cut]).proba[0, learned.labels.index(label)]
    if sorted(cut.streams) != sorted(guess.streams) or abs(said - guess.labels[label][0]) > SAME:
        raise Gone
    found = explain.explain_label(learned, cut, label)
    sentence, when = explain.format_sentence(found), explain.find_stretch(found)
    return Told(label, sentence, found.shares, found.deletion, when)


def _seen_again(estimate: AffectEstimate, learned: Learned, permits: Sequence[Permit]) -> Cut:
    """The same cut, and what was usual as the guess knew it: as of when it was made."""
    window = Window(sitting=estimate.sitting, cut=estimate.cut)
    by = InUse(estimate.predictor, learned)
    usual = partial(sitting_baseline.of, by, now=estimate.made_at)
    return windows.seen_by(learned, window, permits, usual=usual)


def _store(row: Explanation, told: Told | None, now: datetime) -> None:
    """Keep the answer; where a scope was withdrawn in between the wall lets none in."""
    rows = Explanation.objects.filter(pk=row.pk)
    try:
        with walled():
            rows.update(due_at=None, sealed=_sealed(row, told, now))
    except Refused:
        rows.update(due_at=None)


def _sealed(row: Explanation, told: Told | None, now: datetime) -> bytes:
    if told is None:
        return b""
    value = {**asdict(told), "shares": dict(told.shares)}
    scopes = dict(zip(row.scopes, row.epochs, strict=True))
    return seal_value(value, place=place(row, row.learner.code), scopes=scopes, now=now)
