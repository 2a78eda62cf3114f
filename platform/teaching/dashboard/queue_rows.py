"""One learner in the queue: why they are in it, and one action that often helps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.safestring import SafeString

from teaching.dashboard import messages
from teaching.dashboard.need import Need
from teaching.roster import PersonFace


@dataclass(frozen=True, slots=True)
class QueueRow:
    """One Learner and their needs about one question or unit; `reason` names their card."""

    id: str
    value: str
    who: PersonFace
    kind: str
    reason: str
    place: SafeString
    since: str
    why: tuple[SafeString, ...]
    source: str
    source_words: str
    move: str


def make_row(who: PersonFace, needs: Sequence[Need], *, now: datetime) -> QueueRow:
    """Return the row of a learner, from needs about one place, most urgent first."""
    first = needs[0]
    source, said = messages.SOURCES[first.kind]
    return QueueRow(
        id=f"who-{who.code.hex}-{first.about.hex}",
        value=f"{who.code}:{first.about}",
        who=who,
        kind=first.kind,
        reason=f"{first.kind}:{first.about}",
        place=messages.describe_place(first),
        since=messages.format_wait(first, now=now),
        why=tuple(messages.describe_reason(need, now=now) for need in needs),
        source=source,
        source_words=said.format(name=who.name),
        move=messages.suggest_action(first, who.name),
    )
