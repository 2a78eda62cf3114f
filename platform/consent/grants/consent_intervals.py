"""The intervals in which sensing of a Learner was allowed, computed from the consent events."""

from __future__ import annotations

from datetime import datetime
from itertools import groupby

from accounts.models import User
from consent.grants.grant_reducer import GrantState, apply_event
from consent.models import ConsentEvent
from consent.scopes import ADAPT_SCOPES

Intervals = list[tuple[datetime, datetime | None]]


def find_allowed_intervals(learner: User) -> Intervals:
    """Return when a Grant of any Stream for `adapt` was live; an end of None = still live."""
    rows = ConsentEvent.objects.filter(learner=learner, scope__in=ADAPT_SCOPES)
    by_scope = groupby(rows.order_by("scope", "epoch"), key=lambda row: row.scope)
    return [interval for _, events in by_scope for interval in _find_intervals(list(events))]


def _find_intervals(events: list[ConsentEvent]) -> Intervals:
    found: Intervals = []
    state = GrantState()
    for event in events:
        was, state = state, apply_event(state, event)
        if state.live and not was.live:
            found.append((event.at, None))
        elif was.live and not state.live:
            found[-1] = (found[-1][0], event.at)
    return found
