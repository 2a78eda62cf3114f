"""When something about a Learner was allowed to be sensed: the events, folded into stretches."""

from __future__ import annotations

from datetime import datetime
from itertools import groupby

from accounts.models import User
from consent.grants.grant_reducer import State, after
from consent.models import ConsentEvent
from consent.scopes import ADAPT_SCOPES

Times = list[tuple[datetime, datetime | None]]


def allowed(learner: User) -> Times:
    """From when to when a Grant of any Stream, as help for oneself, was live; None = still is."""
    rows = ConsentEvent.objects.filter(learner=learner, scope__in=ADAPT_SCOPES)
    by_scope = groupby(rows.order_by("scope", "epoch"), key=lambda row: row.scope)
    return [stretch for _, events in by_scope for stretch in _stretches(list(events))]


def _stretches(events: list[ConsentEvent]) -> Times:
    found: Times = []
    state = State()
    for event in events:
        was, state = state, after(state, event)
        if state.live and not was.live:
            found.append((event.at, None))
        elif was.live and not state.live:
            found[-1] = (found[-1][0], event.at)
    return found
