"""What one probably knew at the end of each week, as bands that are as wide as it was unsure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from accounts.models import User
from consent.permits import gate
from courses.models import Skill
from courses.percent_text import format_percent_range
from emotion.knowledge.logistic_mastery import Mastery
from estimates.knowledge import mastery_history
from learner.journey.date_range import WEEK, Range, midnight
from learner.mastery.bars import GOAL

SLOT, HEIGHT = 26.0, 52.0


@dataclass(frozen=True, slots=True)
class Band:
    """One week: the band from `y` down, and the best guess."""

    x: float
    y: float
    height: float
    tick: float
    text: str


@dataclass(frozen=True, slots=True)
class Line:
    """One skill over the weeks. `texts` is the same as the bands, week by week."""

    name: str
    course: str
    bands: tuple[Band, ...]
    texts: tuple[str, ...]
    told: str
    width: float
    goal: float


def of_weeks(user: User, span: Range, *, now: datetime) -> tuple[Line, ...]:
    """Each skill with an answer before these weeks were over, in the order of the course."""
    permit = gate.permit(user.code, "course", now=now)
    found = mastery_history.at(permit, [midnight(monday + WEEK) for monday in span.mondays])
    skills = Skill.objects.filter(pk__in=found).select_related("course")
    return tuple(_of_skill(skill, found[skill.pk]) for skill in skills.order_by("course_id", "pk"))


def _of_skill(skill: Skill, weeks: list[Mastery]) -> Line:
    texts = tuple(_text(known) for known in weeks)
    known = [_text(each) for each in weeks if each.n]
    told = known[0]
    if len(set(known)) > 1:
        told = _("from {first} to {last}").format(first=known[0], last=known[-1])
    return Line(
        name=skill.name,
        course=skill.course.title,
        bands=tuple(_band(n, each) for n, each in enumerate(weeks) if each.n),
        texts=texts,
        told=told,
        width=SLOT * len(weeks),
        goal=_y(GOAL / 100),
    )


def _band(n: int, known: Mastery) -> Band:
    top, bottom = _y(known.hi), _y(known.lo)
    return Band(round(SLOT * n + 6, 1), top, round(bottom - top, 1), _y(known.p), _text(known))


def _y(share: float) -> float:
    return round(2 + (HEIGHT - 4) * (1 - share), 1)


def _text(known: Mastery) -> str:
    if not known.n:
        return _("not known")
    return format_percent_range(100 * known.lo, 100 * known.hi)
