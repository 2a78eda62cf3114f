"""Forgetting what was made from a scope: it goes with it, whatever else it was made from (I-2)."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.db.models import Model


def forget(model: type[Model], subject: UUID, scopes: Collection[str] | None) -> int:
    """Delete the account's rows, or those of them made from one of `scopes`; how many."""
    rows = model._base_manager.filter(learner__code=subject)
    if scopes is not None:
        rows = rows.filter(scopes__overlap=list(scopes))
    return rows.delete()[1].get(model._meta.label, 0)
