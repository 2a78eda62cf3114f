"""Working off the Replays that are owed: day by day, so that a page can say how far it is.

What is read of whom is `adaptation.replays.course_history`'s to say: guesses only of those who let
them count for the class picture, under live Permits (I-1).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import QuerySet

from adaptation.replays import replay
from adaptation.replays.replay import ReplayedDays, RuleFigures
from interventions.rules import Rule
from pipeline import leases
from teaching.rules import validation
from teaching.rules.replays.models import DAYS, FIGURES, NEXT, Replay, dates_of
from teaching.rules.replays.replay_requests import DRAFT, ON, digest_of, sets_of

logger = logging.getLogger(__name__)
LEASE: Final = timedelta(minutes=5)
MOST_TRIES: Final = 3


class Superseded(Exception):
    """Another draft was asked about meanwhile, or nobody waits any more."""


def work_off(*, now: Callable[[], datetime]) -> int:
    """Answer everything that is owed, one after the other; how many that were."""
    done = 0
    while (row := _claim(now())) is not None:
        _answer(row, now)
        done += 1
    return done


def _claim(now: datetime) -> Replay | None:
    return leases.take_lease(Replay.objects.select_related("course"), now=now, lease=LEASE, done=0)


def _answer(row: Replay, now: Callable[[], datetime]) -> None:
    """Where it fails, or has taken several workers with it, the Teacher is told."""
    if row.tries > MOST_TRIES:
        _store(row, state="failed")
        return
    try:
        found = _found(row, now)
    except Superseded:
        return
    except Exception:
        logger.exception("replay.failed")
        found = {"state": "failed"}
    _store(row, **found)


def _store(row: Replay, **found: Any) -> None:
    """Keep the answer, where the question still stands."""
    _owed(row).update(due_at=None, **found)


def _owed(row: Replay) -> QuerySet[Replay]:
    return Replay.objects.filter(pk=row.pk, asked_at=row.asked_at, due_at__isnull=False)


def _found(row: Replay, now: Callable[[], datetime]) -> Mapping[str, Any]:
    at = now()
    draft = validation.look(row.body, now=at).rule
    if draft is None:
        return {"state": "none"}

    def tell(done: int) -> None:
        if not _owed(row).update(done=done, due_at=now() + LEASE):
            raise Superseded

    sets = sets_of(row.course, draft)
    days = replay.replay_days(row.course, DAYS, sets, now=at, tell=tell)
    if days is None:
        return {"state": "none"}
    on = next((rule for rule in sets[ON] if rule.id == row.rule), None)
    return {"digest": digest_of(sets), **_kept(days, draft, on)}


def _kept(days: ReplayedDays, draft: Rule, on: Rule | None) -> Mapping[str, Any]:
    found = replay.compute_figures(days, DRAFT, draft)
    kept = {
        "state": "there",
        "until": days.until,
        "simulated": days.simulated,
        "floor": days.floor,
        DRAFT: _numbers(found),
        ON: _numbers(replay.compute_figures(days, ON, on)) if on else None,
    }
    dates = dates_of(days.until)
    parts = {name: getattr(found, name) for name in NEXT}
    return kept | {
        name: None if part is None else [part.get(day, 0) for day in dates]
        for name, part in parts.items()
    }


def _numbers(found: RuleFigures) -> Sequence[float | None]:
    return [getattr(found, name) for name in FIGURES]
