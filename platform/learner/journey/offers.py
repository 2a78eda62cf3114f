"""What was offered on a day and what was let go, and what the Learner said to offers for good."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as noop
from django.utils.translation import ngettext

from accounts.models import User
from accounts.name_order import by_name
from adaptation.models import Intervention, LetGo
from adaptation.offers import vetoes
from adaptation.offers.reasons import read_translated_reason
from adaptation.offers.vetoes import CarefulRule
from adaptation.rules import active_rules
from courses.access import courses_learnt_by
from courses.models import Course

TOOK = {
    "accepted": noop("Suggestion you accepted:"),
    "later": noop("Suggestion you postponed:"),
    "never": noop("Suggestion you said no to:"),
    "expired": noop("Suggestion you carried on without:"),
    "withdrawn": noop("Suggestion that was withdrawn:"),
}
OFFERED = noop("Suggestion:")
UNREADABLE = noop("The reason can no longer be read.")
PASSED = noop("It passed by itself before the waiting time was up, so nothing was suggested.")


@dataclass(frozen=True, slots=True)
class Told:
    """One line; `undo` = the offer whose answer can still be taken back."""

    at: datetime
    source: str
    text: str
    strong: str
    sub: str
    undo: str = ""


@dataclass(frozen=True, slots=True)
class Slower:
    """A rule that asks for a clearer sign than it was written with."""

    id: str
    title: str
    points: int


@dataclass(frozen=True, slots=True)
class Wishes:
    """How offers stand in one course: from guesses or not, and which rules hold back longer."""

    slug: str
    title: str
    off: bool
    slower: tuple[Slower, ...]


def of_day(user: User, since: datetime, until: datetime, *, now: datetime) -> list[Told]:
    return [*_offers(user, since, until, now), *_let_go(user, since, until)]


def wishes(user: User, *, now: datetime) -> tuple[Wishes, ...]:
    """The courses in which something is not as it ships."""
    courses = by_name(courses_learnt_by(user), lambda course: course.title)
    careful = vetoes.list_careful_rules(user, courses, now=now)
    off = {course.pk for course in vetoes.list_opted_out_courses(user)}
    found = [_wishes(course, course.pk in off, careful[course.pk]) for course in courses]
    return tuple(each for each in found if each.off or each.slower)


def _wishes(course: Course, off: bool, careful: Iterable[CarefulRule]) -> Wishes:
    slower = tuple(
        Slower(each.rule.id, _(each.rule.title), round(100 * each.raised)) for each in careful
    )
    return Wishes(course.slug, course.title, off, slower)


def _offers(user: User, since: datetime, until: datetime, now: datetime) -> Iterator[Told]:
    rows = Intervention.objects.filter(
        learner=user, delivered=True, decided_at__gte=since, decided_at__lt=until
    ).select_related("learner")
    for row in rows:
        reason = read_translated_reason(row, now=now)
        text = _(TOOK.get(row.outcome or "", OFFERED))
        heading = reason["why"]["heading"] if reason else _("A suggestion")
        sub = " ".join(reason["why"]["course"]) if reason else _(UNREADABLE)
        undo = str(row.code) if vetoes.may_undo(row, now) else ""
        yield Told(row.decided_at, "course", text, heading, sub, undo)


def _let_go(user: User, since: datetime, until: datetime) -> Iterator[Told]:
    rows = LetGo.objects.filter(learner=user, at__gte=since, at__lt=until)
    found = list(rows.select_related("sitting__unit__course"))
    on = active_rules.list_active_each({row.sitting.unit.course for row in found})
    for row in found:
        named = {rule.id: rule.title for rule in on[row.sitting.unit.course_id]}
        title = _(named[row.rule]) if row.rule in named else _("A rule")
        waited = max(0, round((row.at - row.armed_at).total_seconds()))
        text = ngettext(
            "A rule was about to act, but the signs passed after {n} second:",
            "A rule was about to act, but the signs passed after {n} seconds:",
            waited,
        ).format(n=waited)
        yield Told(row.at, "sensed" if row.scopes else "course", text, f"{title}.", _(PASSED))
