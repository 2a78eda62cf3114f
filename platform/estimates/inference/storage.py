"""Storing results made from Streams: sealed under their scopes and epochs, or not at all (I-1).

Many rows are inserted with one statement. Rows under a withdrawn scope are left out, the others are
stored.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar
from uuid import UUID

from django.db import IntegrityError, transaction

from consent.permits import trigger_errors
from consent.permits.errors import Refused
from consent.permits.gate import Permit
from consent.permits.trigger_errors import refuse_without_grant
from estimates.models import AffectEstimate, BehaviourEstimate, Opening, ShadowEstimate
from vault.sealed_values import Place, seal_value

logger = logging.getLogger(__name__)
R = TypeVar("R", AffectEstimate, BehaviourEstimate, Opening, ShadowEstimate)


@dataclass(frozen=True, slots=True)
class EstimateDraft(Generic[R]):
    """A row before sealing: its value, and the Streams and purposes it was made from."""

    row: R
    value: object
    streams: Iterable[str]
    permits: Mapping[str, Permit]
    place: Place
    purposes: Sequence[str] = ("adapt",)

    def seal(self) -> None:
        scopes = [f"{name}:{purpose}" for name in self.streams for purpose in self.purposes]
        epochs = {scope: self.permits[scope].epoch for scope in scopes}
        row = self.row
        row.learner = row.sitting.learner
        row.scopes, row.epochs = list(epochs), list(epochs.values())
        row.sealed = seal_value(self.value, place=self.place, scopes=epochs, now=row.made_at)


@transaction.atomic(savepoint=False)
def store_each(drafts: Sequence[EstimateDraft[R]]) -> set[UUID]:
    """Store rows of one model; return the ids of those that are stored now.

    Left out are rows stored before (a Window processed twice, I-27) and rows under a scope
    withdrawn meanwhile.
    """
    for draft in drafts:
        draft.seal()
    rows = [draft.row for draft in drafts]
    scopes = {scope for row in rows for scope in row.scopes}
    live = trigger_errors.lock_live_grants({row.learner_id for row in rows}, scopes)
    allowed = [row for row in rows if _grants_needed(row) <= live]
    for _ in range(len(rows) - len(allowed)):
        logger.info("estimate.refused")
    return _insert(allowed)


def _grants_needed(row: R) -> set[trigger_errors.LiveGrant]:
    pairs = zip(row.scopes, row.epochs, strict=True)
    return {(row.learner_id, scope, epoch) for scope, epoch in pairs}


def _insert(rows: Sequence[R]) -> set[UUID]:
    """Insert with one statement; if the database refuses a row, insert each on its own."""
    if not rows:
        return set()
    table = type(rows[0])._default_manager
    try:
        with refuse_without_grant():
            table.bulk_create(rows, ignore_conflicts=True)
    except (IntegrityError, Refused):
        if len(rows) > 1:
            return set().union(*(_insert([row]) for row in rows))
        logger.info("estimate.refused")
        return set()
    ids = [row.pk for row in rows]
    return set(table.filter(pk__in=ids).values_list("pk", flat=True))
