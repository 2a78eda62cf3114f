"""A Learner's estimated mastery as bars whose width is the range of the estimate."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from accounts.models import User
from consent.permits import gate
from courses.models import Skill
from courses.percent_text import format_percent_range
from estimates.knowledge import mastery
from estimates.knowledge.mastery import SkillMastery
from estimates.models import MasteryEstimate

GOAL = 85
TICK = 1.8


@dataclass(frozen=True, slots=True)
class Bar:
    """One skill: start and width of its range and place of the best estimate, in percent."""

    name: str
    answers: int
    lo: int
    width: int
    tick: float
    goal: int
    range: str
    sentence: str


def load_bars(user: User, skills: Iterable[Skill], *, now: datetime) -> tuple[Bar, ...]:
    permit = gate.permit(user.code, "course", now=now)
    return tuple(make_bar(known) for known in mastery.read(permit).of_skills(skills))


def are_pending(user: User, skills: Iterable[Skill]) -> bool:
    """Return whether a worker has yet to process the latest answers on one of these skills."""
    rows = MasteryEstimate.objects.filter(learner=user, skill__in=list(skills))
    return rows.filter(due_at__isnull=False).exists()


def make_bar(known: SkillMastery) -> Bar:
    """Draw one skill. Without an answer there is no range, only the goal."""
    name = known.skill.name
    if not known.n:
        sentence = _("{skill}: not known yet. Goal: {goal}.").format(skill=name, goal=GOAL)
        return Bar(name, 0, 0, 0, 0, GOAL, _("not known"), sentence)
    lo, hi, best = (round(100 * value) for value in (known.lo, known.hi, known.p))
    return Bar(
        name=name,
        answers=known.n,
        lo=lo,
        width=max(1, hi - lo),
        tick=round(min(max(best - TICK / 2, 0), 100 - TICK), 1),
        goal=GOAL,
        range=format_percent_range(lo, hi),
        sentence=_(
            "{skill}: probably between {low} and {high} percent, best estimate {best}. Goal: "
            "{goal}."
        ).format(skill=name, low=lo, high=hi, best=best, goal=GOAL),
    )
