"""Erase the pairs of a deleted account, on whichever side of them it was."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.apps import apps
from django.db.models import Q


def forget_pairs(subject: UUID, scopes: Collection[str] | None) -> int:
    """Erase all pairs of a deleted account. Returns how many it had."""
    if scopes is not None:
        return 0
    # The model names this function, so it cannot be imported here.
    pairs = apps.get_model("peers", "PeerPair")._base_manager
    deleted = pairs.filter(Q(learner__code=subject) | Q(helper__code=subject)).delete()
    return deleted[0]
