"""One step of an Erasure: forward only, in its own transaction, with its Leaf (I-11, I-19)."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

import audit
from privacy.models import STATES, Erasure

Counts = dict[str, int]
Clock = Callable[[], datetime]
Tell = Callable[[Erasure], None]
# Changes the row and returns the counts to store in it.
Act = Callable[[Erasure], Counts]
NEXT_STATE = dict(itertools.pairwise(STATES))


def take_step(
    erasure_id: UUID, state: str, act: Act, *, clock: Clock, tell: Tell | None = None
) -> Erasure:
    """Do the step after `state`, unless another process has already done it."""
    with transaction.atomic():
        erasure = Erasure.objects.select_for_update().get(id=erasure_id)
        if erasure.state != state:
            return erasure
        counts = act(erasure)
        erasure.state = NEXT_STATE[state]
        erasure.counts = {**erasure.counts, **counts}
        if getattr(erasure, f"{erasure.state}_at") is None:
            setattr(erasure, f"{erasure.state}_at", clock())
        erasure.save()
        public = {"erasure": erasure.id, "state": erasure.state, **counts}
        # No subject: their salt is destroyed, and a new one would identify them again.
        audit.record("erasure.step", actor=None, subject=None, public=public)
    if tell is not None:
        tell(erasure)
    return erasure


def clock_from(now: datetime) -> Clock:
    """Return a clock that starts at `now` and runs in real time."""
    began = time.monotonic()
    return lambda: now + timedelta(seconds=time.monotonic() - began)
