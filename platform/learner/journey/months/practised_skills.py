"""The skills practised in each month, with the estimated mastery before and after it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as noop

from accounts.models import User
from consent.permits import gate
from courses.models import Skill
from courses.percent_text import format_percent_range
from emotion.knowledge.logistic_mastery import Mastery
from estimates.knowledge import mastery_history
from learner.journey.date_range import midnight
from learner.journey.months.month_range import MonthRange, shift_month

ROSE, BEGUN, UNCLEAR, FELL = "rose", "begun", "unclear", "fell"
# In the order of the page.
CHANGES: Final = {
    ROSE: noop("Rose"),
    BEGUN: noop("First answers"),
    UNCLEAR: noop("No clear change"),
    FELL: noop("Fell"),
}


@dataclass(frozen=True, slots=True)
class SkillChange:
    """One skill in one month; it rose or fell only where the two ranges do not overlap."""

    name: str
    course: str
    lang: str
    before: Mastery
    after: Mastery

    @property
    def change(self) -> str:
        if not self.before.n:
            return BEGUN
        if self.after.lo > self.before.hi:
            return ROSE
        return FELL if self.after.hi < self.before.lo else UNCLEAR

    @property
    def change_word(self) -> str:
        return _(CHANGES[self.change])

    @property
    def answers(self) -> int:
        return self.after.n - self.before.n

    @property
    def text_before(self) -> str:
        return _range_text(self.before)

    @property
    def text_after(self) -> str:
        return _range_text(self.after)


def load_practised_skills(
    user: User, span: MonthRange, *, now: datetime
) -> dict[date, tuple[SkillChange, ...]]:
    """Return the skills with an answer in each month, those that rose first."""
    permit = gate.permit(user.code, "course", now=now)
    starts = [*span.months, shift_month(span.last, 1)]
    traced = mastery_history.trace_at(permit, [midnight(first) for first in starts])
    skills = Skill.objects.filter(pk__in=traced).select_related("course")
    found: dict[date, list[SkillChange]] = defaultdict(list)
    for skill in skills.order_by("course_id", "pk"):
        for first, (before, after) in zip(span.months, pairwise(traced[skill.pk]), strict=True):
            if after.n > before.n:
                course = skill.course
                change = SkillChange(skill.name, course.title, course.language, before, after)
                found[first].append(change)
    order = list(CHANGES)
    return {
        first: tuple(sorted(changes, key=lambda each: order.index(each.change)))
        for first, changes in found.items()
    }


def _range_text(known: Mastery) -> str:
    return format_percent_range(100 * known.lo, 100 * known.hi) if known.n else _("not known")
