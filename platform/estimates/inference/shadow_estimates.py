"""Estimates of challengers, which are never shown: stored under research scopes too.

No learner page, push, class summary or rule reads these rows. Only the comparison of a challenger
with the model in use does, for groups above the floor.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID, uuid4

from consent.permits import gate
from consent.permits.gate import Permit
from estimates.inference import affect
from estimates.inference.affect import Guess, SensedWindow
from estimates.inference.storage import EstimateDraft, store_each
from estimates.models import Predictor, ShadowEstimate
from vault.sealed_values import Place, unseal_value

# Data collected for the Learner's own help, used for research: it is deleted with either.
PURPOSES = ("adapt", "research")


def store(
    batch: Sequence[SensedWindow], guesses: Mapping[int, Guess], *, now: datetime
) -> set[UUID]:
    """Store a challenger's estimates; return their ids.

    Nothing is stored once it is no challenger, or for Learners who withdrew research meanwhile.
    """
    pairs = [(each, guesses[each.row.pk]) for each in batch if each.row.pk in guesses]
    digests = {guess.digest for _, guess in pairs}
    rows = {
        row.digest: row for row in Predictor.objects.filter(digest__in=digests, challenger=True)
    }
    drafts = [
        _build_draft(each, guess, rows[guess.digest], now)
        for each, guess in pairs
        if guess.digest in rows
    ]
    return store_each(drafts)


def read(row: ShadowEstimate, permits: Mapping[str, Permit]) -> Guess:
    """Open a row; `permits` must cover each of its scopes. Raises KeyError, KeyDestroyed."""
    if not gate.covers(permits, row.scopes, row.epochs):
        raise KeyError(f"expected Permits of epochs {row.epochs} for {row.scopes}")
    place = _place(row.id, permits[row.scopes[0]].subject)
    return affect.as_guess(unseal_value(bytes(row.sealed), place=place), row.scopes)


def _build_draft(
    sensed: SensedWindow, guess: Guess, predictor: Predictor, now: datetime
) -> EstimateDraft[ShadowEstimate]:
    row_id, sitting = uuid4(), sensed.row.sitting
    row = ShadowEstimate(
        id=row_id,
        sitting=sitting,
        cut=sensed.row.cut,
        predictor=predictor,
        status="late" if sensed.late else "abstained" if guess.abstain else "live",
        made_at=now,
    )
    place = _place(row_id, sitting.learner.code)
    return EstimateDraft(row, affect.as_json(guess), guess.streams, sensed.permits, place, PURPOSES)


def _place(estimate_id: UUID, subject: UUID) -> Place:
    return Place("estimates_shadowestimate", "sealed", str(estimate_id), subject)
