"""What one event makes of one Grant: said here once, for rows that change and for the fold (I-6).

Where two have to say yes, each of them leaves a word on the Grant, and it is live while both stand
under the same text (I-5). A word that waits for the other falls after WAIT. Taking back: the
Learner's own word goes and the Guardian's leave stays; the Guardian's no ends both. Deleting the
last minutes says neither yes nor no: all words stand, in a new epoch.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any, Protocol

YES = ("grant", "assent", "guardian_grant")
NO = ("withdraw", "guardian_withdraw")
ENDINGS = ("expire", "stale")
# The legal profile changed and does not allow it any more.
FORBID = "forbid"
# The last minutes were deleted: the same yes goes on, and what is on its way is refused.
FORGET_LAST = "forget_last"
VERBS = (*YES, *NO, *ENDINGS, FORBID, FORGET_LAST)
WAIT = timedelta(days=14)


class Event(Protocol):
    """What the fold reads of an event."""

    epoch: Any
    verb: Any
    notice_id: Any
    at: Any
    expires_at: Any


@dataclass(frozen=True, slots=True)
class Words:
    """Who has said yes when, and whether that is enough."""

    guardian_at: datetime | None
    assent_at: datetime | None
    live: bool


@dataclass(frozen=True, slots=True)
class State:
    """A Grant without its place: what the events before now have made of it."""

    epoch: int = 0
    live: bool = False
    notice_id: int | None = None
    granted_at: datetime | None = None
    expires_at: datetime | None = None
    guardian_at: datetime | None = None
    assent_at: datetime | None = None

    @classmethod
    def of(cls, row: Any) -> State:
        """The State of a Grant's row; one that saw no event yet is as good as none."""
        if not row.epoch:
            return cls()
        return cls(*(getattr(row, field.name) for field in fields(cls)))

    @property
    def held(self) -> bool:
        """Return whether anybody's yes still stands here."""
        return self.live or self.guardian_at is not None or self.assent_at is not None

    def said(self, verb: str) -> datetime | None:
        """When the yes of this kind was said that still stands."""
        if verb == "grant":
            return self.granted_at if self.live else None
        return self.assent_at if verb == "assent" else self.guardian_at


def words(was: State, verb: str, notice: int, at: datetime) -> Words:
    """The words that stand after `verb`; those under another text, or run out, have fallen."""
    if verb == FORGET_LAST:
        return Words(was.guardian_at, was.assent_at, live=was.live)
    stands = was.notice_id == notice and was.expires_at is not None and at < was.expires_at
    guardian, assent = (was.guardian_at, was.assent_at) if stands else (None, None)
    if verb == "withdraw":
        return Words(guardian, None, live=False)
    if verb not in YES or verb == "grant":
        return Words(None, None, live=verb == "grant")
    guardian = at if verb == "guardian_grant" else guardian
    assent = at if verb == "assent" else assent
    return Words(guardian, assent, live=None not in (guardian, assent))


def ends_at(was: State, verb: str, notice: int, at: datetime, life: timedelta) -> datetime:
    """When what stands after `verb` runs out by itself."""
    if verb == FORGET_LAST:
        return was.expires_at or at
    after = words(was, verb, notice, at)
    if after.live:
        return min(said or at for said in (after.guardian_at, after.assent_at)) + life
    if verb in YES:
        return at + WAIT
    before = was.expires_at or at
    return min(before, at + WAIT) if after.guardian_at else before


def after(was: State, event: Event) -> State:
    """The State after one more event."""
    left = words(was, event.verb, event.notice_id, event.at)
    return State(
        epoch=event.epoch,
        live=left.live,
        notice_id=event.notice_id,
        granted_at=event.at if event.verb in YES else was.granted_at,
        expires_at=event.expires_at,
        guardian_at=left.guardian_at,
        assent_at=left.assent_at,
    )


def fold(events: Iterable[Event]) -> State:
    """All events of one Grant, in the order of their epochs; a missing one is a ValueError."""
    state = State()
    for event in events:
        if event.epoch != state.epoch + 1:
            raise ValueError(f"expected epoch {state.epoch + 1}, got {event.epoch}")
        state = after(state, event)
    return state
