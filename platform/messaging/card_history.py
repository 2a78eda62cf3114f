"""What happened to a card of the page Now: opened, snoozed, written about, and what followed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from courses.models import Completion, Course, Response
from discussion.posts.member_names import Faces
from messaging import conversations
from messaging.card import MessageCard
from messaging.models import Conversation, TeacherMessage
from teaching.models import Handled

# A card is new each time; what was done about the same question or unit before also counts.
LOOK_BACK: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class HistoryLine:
    at: datetime
    text: str
    sub: str = ""


@dataclass(frozen=True, slots=True)
class FollowUp:
    """What the recipients of one message did after it; `right` is None for a unit."""

    sent: int
    tried: int
    right: int | None


def load_history(course: Course, card: MessageCard, faces: Faces) -> list[HistoryLine]:
    """Return what is known of a card, oldest first."""
    lines = [HistoryLine(card.since, _("The card opened"))]
    lines += _load_handled(course, card, faces)
    lines += _load_messages(course, card, faces)
    return sorted(lines, key=lambda line: line.at)


def load_follow_ups(
    course: Course, threads: QuerySet[Conversation], messages: Sequence[TeacherMessage]
) -> dict[UUID, FollowUp]:
    """Return what followed each message about a card, from answers and finished units.

    Only Learners who are still in the course count.
    """
    rows = threads.filter(message__in=messages, about__isnull=False)
    places = list(rows.select_related("message").only("message__made_at", "learner", "about"))
    answers = _load_answers(places)
    done = _load_done(places)
    units = set(course.units.values_list("code", flat=True))
    found = {}
    for message in messages:
        mine = [row for row in places if row.message_id == message.pk]
        if mine:
            found[message.pk] = _follow_up(mine, answers, done, units)
    return found


def describe_follow_up(found: FollowUp | None) -> str:
    """Return "3 of 4 tried again, 2 correct", or "" where it is not known."""
    if found is None:
        return ""
    if found.right is None:
        return _("{tried} of {n} worked on it since").format(tried=found.tried, n=found.sent)
    words = _("{tried} of {n} tried again, {right} correct")
    return words.format(tried=found.tried, n=found.sent, right=found.right)


def _load_handled(course: Course, card: MessageCard, faces: Faces) -> Iterable[HistoryLine]:
    rows = Handled.objects.filter(course=course, about=card.about, learner__code__in=card.who)
    recent = rows.filter(at__gt=card.since - LOOK_BACK)
    # One press is stored once for each Learner of the card.
    presses = recent.select_related("by").order_by("at", "by").distinct("at", "by")
    for row in presses:
        who = teacher_name(faces, row.by)
        if row.until is None:
            yield HistoryLine(row.at, _("{who} marked it as handled").format(who=who))
        else:
            minutes = round((row.until - row.at).total_seconds() / 60)
            words = _("{who} snoozed it for {n} minutes")
            yield HistoryLine(row.at, words.format(who=who, n=minutes))


def _load_messages(course: Course, card: MessageCard, faces: Faces) -> Iterable[HistoryLine]:
    rows = TeacherMessage.objects.filter(course=course, conversations__about=card.about)
    recent = rows.filter(made_at__gt=card.since - LOOK_BACK).distinct()
    messages = list(recent.select_related("author").order_by("made_at"))
    followed = load_follow_ups(course, conversations.conversations_in(course), messages)
    for row, sent in ((row, followed[row.pk]) for row in messages if row.pk in followed):
        who = teacher_name(faces, row.author)
        words = ngettext(
            "{who} sent a message to {n} learner", "{who} sent a message to {n} learners", sent.sent
        )
        text = words.format(who=who, n=sent.sent)
        yield HistoryLine(row.made_at, text, describe_follow_up(sent))


def _follow_up(
    rows: Sequence[Conversation],
    answers: dict[tuple[int, UUID], list[tuple[datetime, bool]]],
    done: dict[tuple[int, UUID], datetime],
    units: Collection[UUID],
) -> FollowUp:
    """Count answers to the question; for a card about a unit, who answered in it or finished it."""
    after = [_answers_after(row, answers) for row in rows]
    if rows[0].about in units:
        finished = [_is_after(done.get(_key(row)), row) for row in rows]
        worked = sum(bool(answered) or at for answered, at in zip(after, finished, strict=True))
        return FollowUp(len(rows), worked, None)
    return FollowUp(len(rows), sum(map(bool, after)), sum(map(any, after)))


def _answers_after(
    row: Conversation, answers: dict[tuple[int, UUID], list[tuple[datetime, bool]]]
) -> list[bool]:
    return [correct for at, correct in answers.get(_key(row), ()) if at > row.message.made_at]


def _is_after(at: datetime | None, row: Conversation) -> bool:
    return at is not None and at > row.message.made_at


def _load_answers(
    rows: Sequence[Conversation],
) -> dict[tuple[int, UUID], list[tuple[datetime, bool]]]:
    """Return the answers of these Learners to the questions, their variants, and in the units."""
    abouts = {row.about for row in rows if row.about is not None}
    found: dict[tuple[int, UUID], list[tuple[datetime, bool]]] = {}
    if not abouts:
        return found
    asked = Response.objects.filter(learner__in={row.learner_id for row in rows}).filter(
        Q(question__code__in=abouts)
        | Q(question__sibling__code__in=abouts)
        | Q(question__unit__code__in=abouts)
    )
    codes = ("question__code", "question__sibling__code", "question__unit__code")
    for learner, at, correct, *of in asked.values_list("learner", "answered_at", "correct", *codes):
        for code in abouts.intersection(of):
            found.setdefault((learner, code), []).append((at, correct))
    return found


def _load_done(rows: Sequence[Conversation]) -> dict[tuple[int, UUID], datetime]:
    done = Completion.objects.filter(
        learner__in={row.learner_id for row in rows}, unit__code__in={row.about for row in rows}
    )
    found = done.filter(done_at__isnull=False).values_list("learner", "unit__code", "done_at")
    return {(learner, code): at for learner, code, at in found if at is not None}


def _key(row: Conversation) -> tuple[int, UUID]:
    if row.about is None:
        raise ValueError("expected a thread about a card")
    return row.learner_id, row.about


def teacher_name(faces: Faces, teacher: User | None) -> str:
    """Return a Teacher's name, or words for one whose account is gone."""
    return faces.face_of(teacher).name or _("A former teacher")
