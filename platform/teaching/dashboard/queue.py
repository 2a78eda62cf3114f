"""The "Needs attention" queue and the "Going well" list of the dashboard.

The page shows many people and is polled every two seconds. It reads only course activity (requests,
tries, answers), no individual learner page and no Estimate. Viewing it is therefore not an
individual view and leaves no audit leaf; opening one Learner's page does (`teacher.view`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from accounts.name_order import by_name
from courses.models import Course
from teaching.dashboard import handled_needs, unnoticed_learners
from teaching.dashboard.doing_well import Success, find_successes
from teaching.dashboard.need import KINDS, Need
from teaching.dashboard.need_cards import NeedCard, group_rows
from teaching.dashboard.needs import find_needs
from teaching.dashboard.queue_rows import QueueRow, make_row
from teaching.dashboard.ready_for_harder import find_ready
from teaching.models import Handled
from teaching.roster import PersonFace, face_of
from telemetry.models import GOT_IT, Event, Sitting

ONLINE_WITHIN = timedelta(minutes=5)
TOAST_WITHIN = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Undo:
    """What was handled or snoozed with one press; `value` has the entries as a form sends them."""

    id: UUID
    value: str
    text: str


@dataclass(frozen=True, slots=True)
class SuccessRow:
    """A learner who is doing well, and how."""

    who: PersonFace
    well: Success


@dataclass(frozen=True, slots=True)
class BreakthroughRow:
    """A learner who succeeded after several tries and shares it with this Teacher."""

    who: PersonFace
    skill: str


@dataclass(frozen=True, slots=True)
class NowPage:
    rows: tuple[QueueRow, ...]
    well: tuple[SuccessRow, ...]
    ready: tuple[BreakthroughRow, ...]
    here: int
    enrolled: int
    toast: Undo | None
    undos: tuple[Undo, ...]

    @property
    def cards(self) -> tuple[NeedCard, ...]:
        """Return the rows by reason, most urgent first."""
        return group_rows(self.rows)

    @property
    def people(self) -> int:
        """Return how many learners are in the queue."""
        return len({row.who.code for row in self.rows})


def load_now_page(
    course: Course, teacher: User, class_: Mapping[int, User], *, now: datetime
) -> NowPage:
    """Return the dashboard of one course for one Teacher; only displayed names are unsealed."""
    handled = handled_needs.load_handled(course, class_, now=now)
    found = find_needs(course, class_, now=now)
    rows = handled_needs.open_rows(found, handled_needs.latest_by_row(handled), now=now)
    recent = [entry for entry in handled if entry.at > now - handled_needs.UNDO_WITHIN]
    well = find_successes(course, class_, now=now)
    through = find_ready(course, class_, teacher, now=now)
    shown = _faces(
        class_,
        {who for who, _ in rows} | {entry.learner_id for entry in recent}
        | {each.learner for each in well} | {each.learner for each in through},
    )  # fmt: skip
    recent = [entry for entry in recent if entry.learner_id in shown]
    toast = [w for w in recent if w.by_id == teacher.pk and w.at > now - TOAST_WITHIN]
    return NowPage(
        rows=tuple(
            make_row(shown[key[0]], row, now=now)
            for key, row in _sort_rows(rows)
            if key[0] in shown
        ),
        well=tuple(SuccessRow(shown[each.learner], each) for each in well if each.learner in shown),
        ready=tuple(
            BreakthroughRow(shown[each.learner], each.skill)
            for each in through
            if each.learner in shown
        ),
        here=_count_online(course, class_, now),
        enrolled=len(class_),
        toast=next(iter(_undo_entries(toast, shown)), None),
        undos=tuple(_undo_entries(recent, shown)),
    )


def load_unnoticed(
    course: Course, found: NowPage, class_: Mapping[int, User], *, now: datetime
) -> list[PersonFace]:
    """Return the faces of unnoticed learners who are not on the page already."""
    on_page = [each.who for each in found.rows]
    on_page += [each.who for each in found.well] + [each.who for each in found.ready]
    shown = {face.code for face in on_page}
    seen = [pk for pk, user in class_.items() if user.code in shown]
    names = _faces(class_, unnoticed_learners.find_unnoticed(course, class_, seen, now=now))
    return by_name(names.values(), lambda face: face.name)


def _faces(class_: Mapping[int, User], who: Iterable[int]) -> dict[int, PersonFace]:
    found = ((pk, face_of(class_[pk])) for pk in who)
    return {pk: face for pk, face in found if face is not None}


def _sort_rows(
    rows: Mapping[handled_needs.Key, list[Need]],
) -> list[tuple[handled_needs.Key, list[Need]]]:
    """Sort requests for help first, then by waiting time: a new row never reorders the others."""
    pressing = [
        (key, sorted(row, key=lambda need: KINDS.index(need.kind)))
        for key, row in sorted(rows.items(), key=lambda item: item[0])
    ]
    return sorted(pressing, key=lambda item: (item[1][0].kind != "stuck", item[1][0].since))


def _undo_entries(handled: Iterable[Handled], class_: Mapping[int, PersonFace]) -> Iterator[Undo]:
    """Yield what was handled with one press as one entry, newest first."""
    presses: dict[tuple[int | None, datetime], list[Handled]] = {}
    for entry in handled:
        presses.setdefault((entry.by_id, entry.at), []).append(entry)
    for entries in presses.values():
        first = entries[0]
        n, name = len(entries), class_[first.learner_id].name
        if n > 1:
            name = ngettext("{n} learner", "{n} learners", n).format(n=n)
        said = _("{name}: handled") if first.until is None else _("{name}: snoozed for 10 minutes")
        value = " ".join(str(entry.id) for entry in entries)
        yield Undo(first.id, value, said.format(name=name))


def _count_online(course: Course, learners: Collection[int], now: datetime) -> int:
    """Return how many learners opened a page or did something on one in the last five minutes.

    Neither sensing, which keeps a page alive, nor a report counts.
    """
    done = Event.objects.filter(sitting=OuterRef("pk"), at__gt=now - ONLINE_WITHIN).exclude(
        name=GOT_IT
    )
    rows = Sitting.objects.filter(
        Q(began_at__gt=now - ONLINE_WITHIN) | Exists(done),
        unit__course=course,
        learner__any_of=learners,
        ended_at=None,
        active_at__gt=now - ONLINE_WITHIN,
    )
    return rows.values("learner").distinct().count()
