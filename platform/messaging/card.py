"""A card of the page Now that a message answers: its reason, and the Learners behind it.

The card is named by one of its Learners or by its reason, in a form and never in an address. While
the Teacher writes, it is a signed token in the page, so that a reason is always one that was shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.core import signing

from courses.models import Course
from teaching.dashboard import handled_needs
from teaching.dashboard.need import KINDS, Need
from teaching.dashboard.needs import find_needs
from teaching.roster import class_of

SALT: Final = "messaging.card"
LIFETIME: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class MessageCard:
    """What Learners did, the question or unit it is about, since when, and their codes.

    `second`: where in a video a single Learner pressed "I'm stuck".
    """

    kind: str
    about: UUID
    since: datetime
    who: tuple[UUID, ...]
    second: float | None = None


def find_card(course: Course, name: str, *, now: datetime) -> MessageCard | None:
    """Return an open card named `<learner>:<about>` or `<kind>:<about>`; None if it is gone."""
    whose, _, about = name.partition(":")
    class_ = class_of(course)
    handled = handled_needs.latest_by_row(handled_needs.load_handled(course, class_, now=now))
    rows = handled_needs.open_rows(find_needs(course, class_, now=now), handled, now=now)
    firsts = [min(row, key=lambda need: KINDS.index(need.kind)) for row in rows.values()]
    found = [
        need
        for need in firsts
        if str(need.about) == about and whose in (str(class_[need.learner].code), need.kind)
    ]
    if not found:
        return None
    return _card_of(found, tuple(class_[need.learner].code for need in found))


def sign_card(course: Course, card: MessageCard) -> str:
    content = {
        "course": str(course.code),
        "kind": card.kind,
        "about": str(card.about),
        "since": card.since.isoformat(),
        "who": [str(code) for code in card.who],
        "second": card.second,
    }
    return signing.dumps(content, salt=SALT, compress=True)


def read_card(course: Course, token: str) -> MessageCard | None:
    """Return the card of a token; None if it expired or is of another course."""
    try:
        content: dict[str, Any] = signing.loads(token, salt=SALT, max_age=LIFETIME)
    except signing.BadSignature:
        return None
    if content["course"] != str(course.code):
        return None
    return MessageCard(
        content["kind"],
        UUID(content["about"]),
        datetime.fromisoformat(content["since"]),
        tuple(UUID(code) for code in content["who"]),
        content["second"],
    )


def _card_of(found: list[Need], who: tuple[UUID, ...]) -> MessageCard:
    first = min(found, key=lambda need: need.since)
    # Others on the card were stuck elsewhere in the same video.
    second = first.second if len(found) == 1 else None
    return MessageCard(first.kind, first.about, first.since, who, second)
