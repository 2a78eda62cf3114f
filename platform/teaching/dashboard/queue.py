"""The "Needs you" queue and what goes well, as the Now page shows them.

It shows many people at once, asked again every two seconds, and only what happened in the course:
requests, tries, answers. It opens nobody and no Estimate, so looking at it is no individual view
and leaves no leaf; a page that opens one Learner is one, and does (`teacher.view`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Exists, OuterRef, Q
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.name_order import by_name
from courses.models import Course
from teaching.dashboard import handled_needs, messages, unnoticed_learners
from teaching.dashboard.doing_well import Well, going_well
from teaching.dashboard.need import KINDS, Need
from teaching.dashboard.needs import needs
from teaching.dashboard.ready_for_harder import ready
from teaching.models import Handled
from teaching.roster import Face, face_of
from telemetry.models import GOT_IT, Event, Sitting

HERE = timedelta(minutes=5)
TOAST = timedelta(minutes=1)


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
class Good:
    """Somebody who goes well, `well` says how."""

    who: Face
    well: Well


@dataclass(frozen=True, slots=True)
class Through:
    """Somebody who got through after several tries, and shares it."""

    who: Face
    skill: str


@dataclass(frozen=True, slots=True)
class Now:
    rows: tuple[Row, ...]
    well: tuple[Good, ...]
    ready: tuple[Through, ...]
    here: int
    enrolled: int
    toast: Undo | None
    undos: tuple[Undo, ...]


def now_of(course: Course, teacher: User, class_: Mapping[int, User], *, now: datetime) -> Now:
    """The Now page of one course for one of its Teachers; only names that are shown are opened."""
    handled = handled_needs.latest(course, class_, now=now)
    found = needs(course, class_, now=now)
    rows = handled_needs.open_rows(found, handled_needs.by_row(handled), now=now)
    recent = [word for word in handled if word.at > now - handled_needs.UNDO_WITHIN]
    well = going_well(course, class_, now=now)
    through = ready(course, class_, teacher, now=now)
    shown = _faces(
        class_,
        {who for who, _ in rows} | {word.learner_id for word in recent}
        | {each.learner for each in well} | {each.learner for each in through},
    )  # fmt: skip
    recent = [word for word in recent if word.learner_id in shown]
    toast = [w for w in recent if w.by_id == teacher.pk and w.at > now - TOAST]
    return Now(
        rows=tuple(_row(shown[key[0]], row, now) for key, row in _ordered(rows) if key[0] in shown),
        well=tuple(Good(shown[each.learner], each) for each in well if each.learner in shown),
        ready=tuple(
            Through(shown[each.learner], each.skill) for each in through if each.learner in shown
        ),
        here=_here(course, class_, now),
        enrolled=len(class_),
        toast=_undo(toast[0], shown) if toast else None,
        undos=tuple(_undo(word, shown) for word in recent),
    )


def unnoticed_of(
    course: Course, found: Now, class_: Mapping[int, User], *, now: datetime
) -> list[Face]:
    """Who is on the page for no reason yet, and was not for a week."""
    on_page = [each.who for each in found.rows]
    on_page += [each.who for each in found.well] + [each.who for each in found.ready]
    shown = {face.code for face in on_page}
    seen = [pk for pk, user in class_.items() if user.code in shown]
    names = _faces(class_, unnoticed_learners.unnoticed(course, class_, seen, now=now))
    return by_name(names.values(), lambda face: face.name)


def _faces(class_: Mapping[int, User], who: Iterable[int]) -> dict[int, Face]:
    found = ((pk, face_of(class_[pk])) for pk in who)
    return {pk: face for pk, face in found if face is not None}


def _ordered(
    rows: Mapping[handled_needs.Key, list[Need]],
) -> list[tuple[handled_needs.Key, list[Need]]]:
    """Who asked comes first, then who has waited longest: a new row never reorders the others."""
    pressing = [
        (key, sorted(row, key=lambda need: KINDS.index(need.kind)))
        for key, row in sorted(rows.items(), key=lambda item: item[0])
    ]
    return sorted(pressing, key=lambda item: (item[1][0].kind != "stuck", item[1][0].since))


def _row(who: Face, row: Sequence[Need], now: datetime) -> Row:
    first = row[0]
    source, said = messages.SOURCES[first.kind]
    return Row(
        id=f"row-{who.code.hex}-{first.about.hex}",
        value=f"{who.code}:{first.about}",
        who=who,
        since=messages.since(first, now=now),
        why=tuple(messages.why(need, now=now) for need in row),
        source=source,
        source_words=said.format(name=who.name),
        move=messages.move(first, who.name),
    )


def _undo(word: Handled, class_: Mapping[int, Face]) -> Undo:
    name = class_[word.learner_id].name
    said = _("{name}: handled") if word.until is None else _("{name}: snoozed for 10 minutes")
    return Undo(word.id, said.format(name=name))


def _here(course: Course, learners: Collection[int], now: datetime) -> int:
    """How many opened a page, or did something on one, lately. That sensing keeps a page alive does
    not count, nor does a report."""
    done = Event.objects.filter(sitting=OuterRef("pk"), at__gt=now - HERE).exclude(name=GOT_IT)
    rows = Sitting.objects.filter(
        Q(began_at__gt=now - HERE) | Exists(done),
        unit__course=course, learner__in=learners, ended_at=None, active_at__gt=now - HERE,
    )  # fmt: skip
    return rows.values("learner").distinct().count()
