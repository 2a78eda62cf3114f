"""What the legal profile lets us keep no longer goes: days of Blocks, and what was made from them.

A site without a profile keeps sensed rows no longer than the declarations of its tables say (I-14).
"""

from __future__ import annotations

from datetime import datetime, timedelta

import holdings
from adaptation.models import Intervention
from consent import profiles
from estimates.models import AffectEstimate, BehaviourEstimate
from telemetry import partitions
from telemetry.models import Block

MADE_FROM_BLOCKS = (AffectEstimate, BehaviourEstimate)


def expire(*, now: datetime) -> dict[str, int]:
    """Drop what is too old; say how many days of Blocks, rows and reasons."""
    profile = profiles.current()
    blocks = timedelta(days=profile.retention.blocks) if profile else _declared(Block)
    gone = {"days_of_blocks": partitions.drop_expired(now, blocks)}
    for model in MADE_FROM_BLOCKS:
        kept = timedelta(days=profile.retention.estimates) if profile else _declared(model)
        rows = model.objects.filter(made_at__lt=now - kept)
        gone[model._meta.db_table] = rows.delete()[1].get(model._meta.label, 0)
    return {**gone, "reasons": _forget_reasons(now)}


def _forget_reasons(now: datetime) -> int:
    """The facts of an offer that was made from Estimates go when these go; its record stays."""
    profile = profiles.current()
    kept = timedelta(days=profile.retention.estimates) if profile else _declared(AffectEstimate)
    old = Intervention.objects.filter(decided_at__lt=now - kept).exclude(scopes=[])
    return old.exclude(sealed=b"").update(sealed=b"")


def _declared(model: type[object]) -> timedelta:
    """The life that the table's own Holding declares."""
    lifetime = next(h.lifetime for h in holdings.all() if h.model is model)
    if lifetime is None:
        raise ValueError(f"expected {model.__name__} to declare how long it is kept")
    return lifetime
