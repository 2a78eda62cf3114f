"""The "Needs you" queue and what goes well, as the Now page shows them.

It shows many people at once, asked again every two seconds, and only what happened in the course:
requests, tries, answers. It opens nobody and no Estimate, so looking at it is no individual view
and leaves no leaf; a page that opens one Learner is one, and does (`teacher.view`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile
from uuid import UUID

from django.utils.safestring import SafeString

from accounts.models import User
from accounts.people import name_of
from courses.models import Course, Enrolment, Response
from teaching import handling, words
from teaching.models import Handled
from teaching.needs import KINDS, Need, needs
from teaching.ready import ready
from telemetry.models import Sitting
from vault.errors import KeyDestroyed

HERE = timedelta(minutes=5)
WELL_SINCE = timedelta(hours=2)
RIGHT_IN_A_ROW = 5
TOAST = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Face:
    """Somebody of the class as a page may show them."""

    code: UUID
    name: str
    simulated: bool

    @property
    def initial(self) -> str:
        return self.name[:1].lower()


@dataclass(frozen=True, slots=True)
class Row:
    """One Learner about one question or unit."""

    id: str
    value: str
    who: Face
    since: str
    why: tuple[SafeString, ...]
    source: str
    source_words: str
    move: str


@dataclass(frozen=True, slots=True)
class Undo:
    id: UUID
    text: str


@dataclass(frozen=True, slots=True)
class Well:
    who: Face
    count: int
    unit: str


@dataclass(frozen=True, slots=True)
class Through:
    """Somebody who got through after several tries, and shares it."""

    who: Face
    skill: str


@dataclass(frozen=True, slots=True)
class Now:
    rows: tuple[Row, ...]
    well: tuple[Well, ...]
    ready: tuple[Through, ...]
    here: int
    enrolled: int
    toast: Undo | None
    undos: tuple[Undo, ...]


def now_of(course: Course, teacher: User, *, now: datetime) -> Now:
    """The Now page of one course for one of its Teachers."""
    class_ = faces(course)
    handled = handling.latest(course, class_, now=now)
    found = needs(course, class_, now=now)
    rows = handling.open_rows(found, handling.by_row(handled), now=now)
    recent = [word for word in handled if word.at > now - handling.UNDO_WITHIN]
    toast = [w for w in recent if w.by_id == teacher.pk and w.at > now - TOAST]
    return Now(
        rows=tuple(_row(class_[key[0]], row, now) for key, row in _ordered(rows)),
        well=going_well(course, class_, now=now),
        ready=tuple(
            Through(class_[each.learner], each.skill)
            for each in ready(course, class_, teacher, now=now)
        ),
        here=_here(course, class_, now),
        enrolled=len(class_),
        toast=_undo(toast[0], class_) if toast else None,
        undos=tuple(_undo(word, class_) for word in recent),
    )


def faces(course: Course) -> dict[int, Face]:
    """The Learners of a course who are still here, by pk."""
    rows = Enrolment.objects.filter(course=course, role="learner", user__is_active=True)
    named = ((row.user, _name(row.user)) for row in rows.select_related("user"))
    return {user.pk: Face(user.code, name, user.simulated) for user, name in named if name}


def _name(user: User) -> str:
    """The name, or "" while an erasure is under way."""
    try:
        return name_of(user)
    except KeyDestroyed:
        return ""


def _ordered(rows: Mapping[handling.Key, list[Need]]) -> list[tuple[handling.Key, list[Need]]]:
    """Who asked comes first, then who has waited longest: a new row never reorders the others."""
    pressing = [
        (key, sorted(row, key=lambda need: KINDS.index(need.kind))) for key, row in rows.items()
    ]
    return sorted(pressing, key=lambda item: (item[1][0].kind != "stuck", item[1][0].since))


def _row(who: Face, row: Sequence[Need], now: datetime) -> Row:
    first = row[0]
    source, said = words.SOURCES[first.kind]
    return Row(
        id=f"row-{who.code.hex}-{first.about.hex}",
        value=f"{who.code}:{first.about}",
        who=who,
        since=words.since(first, now=now),
        why=tuple(words.why(need, now=now) for need in row),
        source=source,
        source_words=said.format(name=who.name),
        move=words.move(first, who.name),
    )


def _undo(word: Handled, class_: Mapping[int, Face]) -> Undo:
    name = class_[word.learner_id].name
    return Undo(word.id, f"{name}: {'handled' if word.until is None else 'snoozed for 10 minutes'}")


def _here(course: Course, learners: Collection[int], now: datetime) -> int:
    rows = Sitting.objects.filter(
        unit__course=course, learner__in=learners, ended_at=None, active_at__gt=now - HERE
    )
    return rows.values("learner").distinct().count()


def going_well(course: Course, class_: Mapping[int, Face], *, now: datetime) -> tuple[Well, ...]:
    """Whose latest answers were all right, at least five in a row."""
    rows = Response.objects.filter(
        question__course=course,
        question__unit__isnull=False,
        learner__in=class_,
        answered_at__gt=now - WELL_SINCE,
    ).order_by("-answered_at")
    by_learner: dict[int, list[tuple[bool, str]]] = defaultdict(list)
    for learner, correct, unit in rows.values_list("learner", "correct", "question__unit__title"):
        by_learner[learner].append((correct, unit))
    streaks = {
        learner: list(takewhile(lambda answer: answer[0], answers))
        for learner, answers in by_learner.items()
    }
    return tuple(
        Well(class_[learner], len(streak), streak[0][1])
        for learner, streak in streaks.items()
        if len(streak) >= RIGHT_IN_A_ROW
    )
