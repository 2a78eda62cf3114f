"""What the class picture may be kept for goes after the days that the legal profile gives it, and
"handled" after its own; without a profile the declarations of the tables rule (I-14).
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Model

import holdings
from consent import profiles
from teaching.models import Handled, Publication


def let_go(now: datetime) -> int:
    """Delete what is too old, a Publication with its cells and members; say how many rows."""
    profile = profiles.current()
    kept = timedelta(days=profile.retention.aggregates) if profile else _declared(Publication)
    pictures = Publication.objects.filter(quarter__lt=now - kept).delete()[0]
    return pictures + Handled.objects.filter(at__lt=now - _declared(Handled)).delete()[0]


def _declared(model: type[Model]) -> timedelta:
    lifetime = next(each.lifetime for each in holdings.all() if each.model is model)
    if lifetime is None:
        raise ValueError(f"expected {model.__name__} to declare how long it is kept")
    return lifetime
