"""Process pending Replays day by day, so that a page can show the progress.

`adaptation.replays.course_history` decides which data is read: Estimates only of Learners who allow
them in the class picture, under live Permits (I-1).
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
from teaching.rules import validation
from teaching.rules.replays.models import DAYS, FIGURES, NEXT_ANSWERS, Replay, dates_of
from teaching.rules.replays.replay_requests import DRAFT, ON, digest_of, rule_sets
from vault.errors import KeystoreBusy
from work_queue.due_rows import take_lease

logger = logging.getLogger(__name__)
LEASE: Final = timedelta(minutes=5)
MOST_TRIES: Final = 3


class Superseded(Exception):
    """Another draft was requested in the meantime, or the request was cancelled."""


def process_due(*, now: Callable[[], datetime]) -> int:
    """Process every pending Replay, one after another; return how many."""
    done = 0
    while (row := _claim(now())) is not None:
        _process(row, now)
        done += 1
    return done


def _claim(now: datetime) -> Replay | None:
    return take_lease(Replay.objects.select_related("course"), now=now, lease=LEASE, done=0)


def _process(row: Replay, now: Callable[[], datetime]) -> None:
    """Process one Replay; mark it as failed on an error or after too many tries."""
    if row.tries > MOST_TRIES:
        _store(row, state="failed")
        return
    try:
        found = _compute(row, now)
    except Superseded:
        return
    except KeystoreBusy:
        # The row is due again when its lease ends, as often as it takes.
        logger.warning("replay.postponed")
        _pending_row(row).update(tries=row.tries - 1)
        return
    except Exception:
        logger.exception("replay.failed")
        found = {"state": "failed"}
    _store(row, **found)


def _store(row: Replay, **found: Any) -> None:
    """Store the result, if the request is still pending."""
    _pending_row(row).update(due_at=None, **found)


def _pending_row(row: Replay) -> QuerySet[Replay]:
    return Replay.objects.filter(pk=row.pk, asked_at=row.asked_at, due_at__isnull=False)


def _compute(row: Replay, now: Callable[[], datetime]) -> Mapping[str, Any]:
    at = now()
    draft = validation.check_draft(row.body, now=at).rule
    if draft is None:
        return {"state": "none"}

    def report_progress(done: int) -> None:
        if not _pending_row(row).update(done=done, due_at=now() + LEASE):
            raise Superseded

    sets = rule_sets(row.course, draft)
    days = replay.replay_days(row.course, DAYS, sets, now=at, tell=report_progress)
    if days is None:
        return {"state": "none"}
    on = next((rule for rule in sets[ON] if rule.id == row.rule), None)
    return {"digest": digest_of(sets), **_result_fields(days, draft, on)}


def _result_fields(days: ReplayedDays, draft: Rule, on: Rule | None) -> Mapping[str, Any]:
    found = replay.compute_figures(days, DRAFT, draft)
    fields = {
        "state": "there",
        "until": days.until,
        "simulated": days.simulated,
        "floor": days.floor,
        DRAFT: _figure_values(found),
        ON: _figure_values(replay.compute_figures(days, ON, on)) if on else None,
    }
    dates = dates_of(days.until)
    parts = {name: getattr(found, name) for name in NEXT_ANSWERS}
    return fields | {
        name: None if part is None else [part.get(day, 0) for day in dates]
        for name, part in parts.items()
    }


def _figure_values(found: RuleFigures) -> Sequence[float | None]:
    return [getattr(found, name) for name in FIGURES]
