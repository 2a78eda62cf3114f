"""The effect of one event on a Grant, for updating rows and for replaying the log (I-6).

If two people must consent, each approval is stored on the Grant, which is live while both hold
under the same text (I-5). An approval that waits for the other one expires after WAIT. A Learner's
withdrawal removes their own approval and keeps the Guardian's; a Guardian's withdrawal removes
both. Deleting the last minutes changes no approval: all of them continue in a new epoch.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any, Protocol

YES = ("grant", "assent", "guardian_grant")
NO = ("withdraw", "guardian_withdraw")
ENDINGS = ("expire", "stale")
# The legal profile changed and no longer allows it.
FORBID = "forbid"
# The last minutes were deleted: the consent continues, and data in transit is refused.
FORGET_LAST = "forget_last"
VERBS = (*YES, *NO, *ENDINGS, FORBID, FORGET_LAST)
APPROVAL_WAIT = timedelta(days=14)


class EventFields(Protocol):
    """The fields of an event that the reducer reads."""

    epoch: Any
    verb: Any
    notice_id: Any
    at: Any
    expires_at: Any


@dataclass(frozen=True, slots=True)
class Approvals:
    """Who approved when, and whether the approvals are sufficient."""

    guardian_at: datetime | None
    assent_at: datetime | None
    live: bool


@dataclass(frozen=True, slots=True)
class GrantState:
    """The state of a Grant as its events have made it, without learner and scope."""

    epoch: int = 0
    live: bool = False
    notice_id: int | None = None
    granted_at: datetime | None = None
    expires_at: datetime | None = None
    guardian_at: datetime | None = None
    assent_at: datetime | None = None

    @classmethod
    def from_row(cls, row: Any) -> GrantState:
        """Return the state of a Grant's row; without any event, the initial state."""
        if not row.epoch:
            return cls()
        return cls(*(getattr(row, field.name) for field in fields(cls)))

    @property
    def has_approval(self) -> bool:
        """Return whether any approval is in effect."""
        return self.live or self.guardian_at is not None or self.assent_at is not None

    def approved_at(self, verb: str) -> datetime | None:
        """Return when the approval of this kind, still in effect, was given; else None."""
        if verb == "grant":
            return self.granted_at if self.live else None
        return self.assent_at if verb == "assent" else self.guardian_at


def compute_approvals(was: GrantState, verb: str, notice: int, at: datetime) -> Approvals:
    """Return the approvals after `verb`, without those that expired or were under another text."""
    if verb == FORGET_LAST:
        return Approvals(was.guardian_at, was.assent_at, live=was.live)
    valid = was.notice_id == notice and was.expires_at is not None and at < was.expires_at
    guardian, assent = (was.guardian_at, was.assent_at) if valid else (None, None)
    if verb == "withdraw":
        return Approvals(guardian, None, live=False)
    if verb not in YES or verb == "grant":
        return Approvals(None, None, live=verb == "grant")
    guardian = at if verb == "guardian_grant" else guardian
    assent = at if verb == "assent" else assent
    return Approvals(guardian, assent, live=None not in (guardian, assent))


def compute_expiry(
    was: GrantState, verb: str, notice: int, at: datetime, life: timedelta
) -> datetime:
    """Return when the state after `verb` expires by itself."""
    if verb == FORGET_LAST:
        return was.expires_at or at
    after = compute_approvals(was, verb, notice, at)
    if after.live:
        return min(approved or at for approved in (after.guardian_at, after.assent_at)) + life
    if verb in YES:
        return at + APPROVAL_WAIT
    before = was.expires_at or at
    return min(before, at + APPROVAL_WAIT) if after.guardian_at else before


def apply_event(was: GrantState, event: EventFields) -> GrantState:
    """Return the state after one more event."""
    approvals = compute_approvals(was, event.verb, event.notice_id, event.at)
    return GrantState(
        epoch=event.epoch,
        live=approvals.live,
        notice_id=event.notice_id,
        granted_at=event.at if event.verb in YES else was.granted_at,
        expires_at=event.expires_at,
        guardian_at=approvals.guardian_at,
        assent_at=approvals.assent_at,
    )


def fold_events(events: Iterable[EventFields]) -> GrantState:
    """Return the state after all events of one Grant, by epoch. Raises ValueError for a gap."""
    state = GrantState()
    for event in events:
        if event.epoch != state.epoch + 1:
            raise ValueError(f"expected epoch {state.epoch + 1}, got {event.epoch}")
        state = apply_event(state, event)
    return state
