"""Count how many of a group have probably mastered a skill, are learning it, or are uncertain.

The interval of each person's mastery lies above the goal, below it, or across it. Of real people
each count is the lower end of a band and never under the floor, so one answer rarely changes it.
Counts exist only for the whole class, so that no two groups can be subtracted.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from accounts.models import User
from consent.permits import gate
from courses.models import Skill
from estimates.knowledge import mastery
from estimates.knowledge.mastery import MASTERED, SkillMastery
from teaching.groups import minimum_group
from teaching.groups.group_filter import EVERYBODY, Audience

COURSE = "course"


@dataclass(frozen=True, slots=True)
class MasteryCounts:
    """Counts as they may be shown; "" = too few, never zero."""

    mastered: str = ""
    learning: str = ""
    unsure: str = ""

    @property
    def any(self) -> bool:
        return bool(self.mastered or self.learning or self.unsure)


def load_mastery_counts(
    skills: Collection[Skill], audience: Audience, *, now: datetime
) -> Mapping[int, MasteryCounts]:
    """Return the counts by skill; none if a group is selected."""
    if audience.chosen.key != EVERYBODY:
        return {}
    codes = User.objects.filter(pk__in=audience.learners).values_list("code", flat=True)
    answers = gate.permits_of_people(list(codes), [COURSE], now=now)
    permits = {
        code: each.granted[COURSE] for code, each in answers.items() if COURSE in each.granted
    }
    found = mastery.read_class(permits, skills)
    return {skill: count_mastery(people, audience) for skill, people in found.items()}


def count_mastery(people: Collection[SkillMastery], audience: Audience) -> MasteryCounts:
    """Return the counts of these people."""
    mastered = sum(one.lo >= MASTERED for one in people)
    learning = sum(one.hi < MASTERED for one in people)
    counts = (mastered, learning, len(people) - mastered - learning)
    return MasteryCounts(*(_format_count(n, audience) for n in counts))


def _format_count(n: int, audience: Audience) -> str:
    return (
        minimum_group.format_count(n, simulated=audience.simulated) if audience.is_enough(n) else ""
    )
