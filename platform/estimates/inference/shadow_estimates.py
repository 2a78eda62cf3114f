"""What challengers would have guessed: under research scopes as well, and shown to nobody.

No page of a Learner, no push, no class picture and no rule reads these rows: only what compares a
challenger with what is in use does, over people and from a floor on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID, uuid4

from consent.permits import gate
from consent.permits.gate import Permit
from estimates.inference import affect
from estimates.inference.affect import Guess, Sensed
from estimates.inference.storage import Draft, store_each
from estimates.models import Predictor, ShadowEstimate
from vault.sealed_values import Place, unseal_value

# From what was taken for the person's own help, for research: it goes with either.
PURPOSES = ("adapt", "research")


def store(batch: Sequence[Sensed], guesses: Mapping[int, Guess], *, now: datetime) -> set[UUID]:
    """Keep what a challenger said; its ids. Nothing where it is no challenger any more, and of
    nobody who took their yes to research back in between."""
    told = [(each, guesses[each.row.pk]) for each in batch if each.row.pk in guesses]
    digests = {guess.digest for _, guess in told}
    rows = {
        row.digest: row for row in Predictor.objects.filter(digest__in=digests, challenger=True)
    }
    drafts = [
        _draft(each, guess, rows[guess.digest], now) for each, guess in told if guess.digest in rows
    ]
    return store_each(drafts)


def read(row: ShadowEstimate, permits: Mapping[str, Permit]) -> Guess:
    """Open a row; `permits` must cover each of its scopes. Raises KeyError, KeyDestroyed."""
    if not gate.covers(permits, row.scopes, row.epochs):
        raise KeyError(f"expected Permits of epochs {row.epochs} for {row.scopes}")
    place = _place(row.id, permits[row.scopes[0]].subject)
    return affect.as_guess(unseal_value(bytes(row.sealed), place=place), row.scopes)


def _draft(
    sensed: Sensed, guess: Guess, predictor: Predictor, now: datetime
) -> Draft[ShadowEstimate]:
    made, sitting = uuid4(), sensed.row.sitting
    row = ShadowEstimate(
        id=made,
        sitting=sitting,
        cut=sensed.row.cut,
        predictor=predictor,
        status="late" if sensed.late else "abstained" if guess.abstain else "live",
        made_at=now,
    )
    place = _place(made, sitting.learner.code)
    return Draft(row, affect.as_json(guess), guess.streams, sensed.permits, place, PURPOSES)


def _place(estimate_id: UUID, subject: UUID) -> Place:
    return Place("estimates_shadowestimate", "sealed", str(estimate_id), subject)
