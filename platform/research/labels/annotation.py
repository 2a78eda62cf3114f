"""Labelling by experts: the next moment of a rater, the label given, and changing it.

Raters see the moments in an order of their own and never others' labels, which keeps them
independent.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from accounts.models import User
from consent.permits import gate
from consent.permits.errors import Refused
from consent.permits.gate import Permit
from consent.permits.trigger_errors import refuse_without_grant
from estimates.models import AFFECT_LABELS
from research.labels.signal_plots import require_permits
from research.models import Label, LabelItem, LabelTask
from vault.sealed_values import Place, seal_value, unseal_value

CANNOT_TELL = "CANNOT_TELL"
LABELS = (*AFFECT_LABELS, CANNOT_TELL)


@dataclass(frozen=True, slots=True)
class LabelProgress:
    """A rater's progress: moments labelled, of those that can still be shown."""

    done: int
    of: int

    @property
    def finished(self) -> bool:
        return self.done >= self.of


def open_items(task: LabelTask, *, now: datetime) -> dict[LabelItem, Mapping[str, Permit]]:
    """Return the moments of the task that may be shown now, with the Permits for each."""
    items = list(task.items.select_related("learner", "sitting__learner"))
    scopes = sorted({scope for item in items for scope in item.scopes})
    answers = gate.permits_of_people({item.learner.code for item in items}, scopes, now=now)
    return {
        item: answers[item.learner.code].granted
        for item in items
        if gate.covers(answers[item.learner.code].granted, item.scopes, item.epochs)
    }


def order_for(items: Collection[LabelItem], rater: User) -> list[LabelItem]:
    """Return the moments in this rater's own order, the same each time."""

    def lot(item: LabelItem) -> bytes:
        return hashlib.sha256(rater.code.bytes + item.id.bytes).digest()

    return sorted(items, key=lot)


def measure_progress(items: Collection[LabelItem], rater: User) -> LabelProgress:
    return LabelProgress(len(_labelled_ids(items, rater)), len(items))


def next_item(items: Collection[LabelItem], rater: User) -> LabelItem | None:
    """Return the first moment this rater has not labelled; None when all are done."""
    done = _labelled_ids(items, rater)
    return next((item for item in order_for(items, rater) if item.pk not in done), None)


def last_item(items: Collection[LabelItem], rater: User) -> LabelItem | None:
    """Return the moment this rater labelled last, to change its label."""
    row = Label.objects.filter(item__in=list(items), rater=rater).order_by("-made_at").first()
    return next((item for item in items if row is not None and item.pk == row.item_id), None)


@transaction.atomic
def rate(item: LabelItem, rater: User, label: str, *, sure: bool, now: datetime) -> Label:
    """Store a rater's label; a second one replaces the first.

    Raises Refused where the moment's Learner no longer allows it, ValueError for an unknown label.
    """
    if label not in LABELS:
        raise ValueError(f"expected a label of {LABELS}, got {label!r}")
    permits = require_permits(item, now=now)
    Label.objects.filter(item=item, rater=rater).delete()
    label_id = uuid.uuid4()
    epochs = {scope: permits[scope].epoch for scope in item.scopes}
    row = Label(id=label_id, item=item, learner=item.learner, rater=rater, made_at=now)
    row.scopes, row.epochs = list(epochs), list(epochs.values())
    row.sealed = seal_value(
        {"label": label, "sure": sure}, place=_place(row), scopes=epochs, now=now
    )
    with refuse_without_grant():
        row.save(force_insert=True)
    return row


def read_own(item: LabelItem, rater: User, permits: Mapping[str, Permit]) -> dict[str, Any] | None:
    """Return this rater's label of the moment. Raises as `read` does."""
    row = Label.objects.filter(item=item, rater=rater).select_related("learner").first()
    return read(row, permits) if row is not None else None


def read(row: Label, permits: Mapping[str, Permit]) -> dict[str, Any]:
    """Return {label, sure}. Raises Refused without a Permit for each scope, and KeyDestroyed."""
    if not gate.covers(permits, row.scopes, row.epochs):
        raise Refused("no_grant")
    found: dict[str, Any] = unseal_value(bytes(row.sealed), place=_place(row))
    return found


def _labelled_ids(items: Collection[LabelItem], rater: User) -> set[uuid.UUID]:
    rows = Label.objects.filter(item__in=list(items), rater=rater)
    return set(rows.values_list("item_id", flat=True))


def _place(row: Label) -> Place:
    return Place("research_label", "sealed", str(row.id), row.learner.code)
