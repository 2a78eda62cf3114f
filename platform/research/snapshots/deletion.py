"""Deletion of a Snapshot: its rows or archive, and the weights trained on it.

Without the Snapshot a model could no longer follow a withdrawal (I-16). It therefore cannot be
deleted while a model trained on it is in use.
"""

from __future__ import annotations

from copy import copy
from functools import partial

from django.db import transaction
from django.utils.translation import gettext as _

import audit
from accounts.models import User
from estimates.registry import challengers, predictors
from research.datasets import dataset_import
from research.models import Run, Snapshot
from research.registry import flagged_predictors
from research.runs.models import PENDING


class StillUsed(ValueError):
    """The sentence says what prevents the deletion and can be shown as is."""


@transaction.atomic
def delete(row: Snapshot, by: User) -> None:
    """Delete all of it, in one transaction. Raises StillUsed."""
    Snapshot.objects.select_for_update().get(pk=row.pk)
    if Run.objects.filter(snapshot=row, state__in=PENDING).exists():
        raise StillUsed(
            _("A training run on this snapshot is waiting or in progress. Cancel it first.")
        )
    learned = flagged_predictors.find_trained_on(row)
    if any(each.active or each.challenger for each in learned):
        raise StillUsed(
            _("Not deleted. A model trained on this snapshot is in use or a challenger.")
        )
    for each in filter(predictors.is_learned_here, learned):
        challengers.destroy(each, by=by.code)
    public = {"snapshot": row.id, "study": row.study_id}
    audit.record("snapshot.delete", actor=by.code, subject=None, public=public)
    if row.public:
        transaction.on_commit(partial(dataset_import.delete_archive, copy(row)))
    row.delete()
