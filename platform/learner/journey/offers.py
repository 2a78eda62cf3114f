"""The offers of one day, rules that almost acted, and the Learner's lasting settings for offers."""

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

OUTCOME_WORDS = {
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
class OfferLine:
    """One line; `undo` is the offer whose answer can still be undone."""

    at: datetime
    source: str
    text: str
    strong: str
    sub: str
    undo: str = ""


@dataclass(frozen=True, slots=True)
class RaisedRule:
    """A rule that needs stronger evidence than its default, in percentage points."""

    id: str
    title: str
    points: int


@dataclass(frozen=True, slots=True)
class CourseWishes:
    """The offer settings in one course: `off` from estimates, and the raised rules."""

    slug: str
    title: str
    off: bool
    slower: tuple[RaisedRule, ...]


def load_offer_lines(
    user: User, since: datetime, until: datetime, *, now: datetime
) -> list[OfferLine]:
    return [*_load_offers(user, since, until, now), *_load_passed_rules(user, since, until)]


def load_wishes(user: User, *, now: datetime) -> tuple[CourseWishes, ...]:
    """Return the courses with a setting that differs from the default."""
    courses = by_name(courses_learnt_by(user), lambda course: course.title)
    careful = vetoes.list_careful_rules(user, courses, now=now)
    off = {course.pk for course in vetoes.list_opted_out_courses(user)}
    found = [_make_wishes(course, course.pk in off, careful[course.pk]) for course in courses]
    return tuple(each for each in found if each.off or each.slower)


def _make_wishes(course: Course, off: bool, careful: Iterable[CarefulRule]) -> CourseWishes:
    slower = tuple(
        RaisedRule(each.rule.id, _(each.rule.title), round(100 * each.raised)) for each in careful
    )
    return CourseWishes(course.slug, course.title, off, slower)


def _load_offers(
    user: User, since: datetime, until: datetime, now: datetime
) -> Iterator[OfferLine]:
    rows = Intervention.objects.filter(
        learner=user, delivered=True, decided_at__gte=since, decided_at__lt=until
    ).select_related("learner")
    for row in rows:
        reason = read_translated_reason(row, now=now)
        text = _(OUTCOME_WORDS.get(row.outcome or "", OFFERED))
        heading = reason["why"]["heading"] if reason else _("A suggestion")
        sub = " ".join(reason["why"]["course"]) if reason else _(UNREADABLE)
        undo = str(row.code) if vetoes.may_undo(row, now) else ""
        yield OfferLine(row.decided_at, "course", text, heading, sub, undo)


def _load_passed_rules(user: User, since: datetime, until: datetime) -> Iterator[OfferLine]:
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
        yield OfferLine(row.at, "sensed" if row.scopes else "course", text, f"{title}.", _(PASSED))
