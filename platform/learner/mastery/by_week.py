"""A Learner's estimated mastery at the end of each week, with the range of each estimate."""

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
from learner.journey.date_range import WEEK, WeekRange, midnight
from learner.mastery.bars import GOAL

SLOT, HEIGHT = 26.0, 52.0


@dataclass(frozen=True, slots=True)
class WeekBand:
    """One week: the range as a band from `y` down, and the best estimate as `tick`."""

    x: float
    y: float
    height: float
    tick: float
    text: str


@dataclass(frozen=True, slots=True)
class SkillWeeks:
    """One skill over the weeks; `texts` describes the bands week by week."""

    name: str
    course: str
    bands: tuple[WeekBand, ...]
    texts: tuple[str, ...]
    summary: str
    width: float
    goal: float


def load_weekly_mastery(user: User, span: WeekRange, *, now: datetime) -> tuple[SkillWeeks, ...]:
    """Return each skill with an answer before the end of these weeks, in course order."""
    permit = gate.permit(user.code, "course", now=now)
    found = mastery_history.trace_at(permit, [midnight(monday + WEEK) for monday in span.mondays])
    skills = Skill.objects.filter(pk__in=found).select_related("course")
    return tuple(
        _make_skill_weeks(skill, found[skill.pk]) for skill in skills.order_by("course_id", "pk")
    )


def _make_skill_weeks(skill: Skill, weeks: list[Mastery]) -> SkillWeeks:
    texts = tuple(_text(known) for known in weeks)
    known = [_text(each) for each in weeks if each.n]
    summary = known[0]
    if len(set(known)) > 1:
        summary = _("from {first} to {last}").format(first=known[0], last=known[-1])
    return SkillWeeks(
        name=skill.name,
        course=skill.course.title,
        bands=tuple(_make_band(n, each) for n, each in enumerate(weeks) if each.n),
        texts=texts,
        summary=summary,
        width=SLOT * len(weeks),
        goal=_y(GOAL / 100),
    )


def _make_band(n: int, known: Mastery) -> WeekBand:
    top, bottom = _y(known.hi), _y(known.lo)
    return WeekBand(round(SLOT * n + 6, 1), top, round(bottom - top, 1), _y(known.p), _text(known))


def _y(share: float) -> float:
    return round(2 + (HEIGHT - 4) * (1 - share), 1)


def _text(known: Mastery) -> str:
    if not known.n:
        return _("not known")
    return format_percent_range(100 * known.lo, 100 * known.hi)
