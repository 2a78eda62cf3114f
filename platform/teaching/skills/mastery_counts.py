"""How many of a group have probably mastered a skill, are still learning it, or cannot be told yet.

By the range of each person's own bar: above the goal, below it, or over it. Of real people each
number is the least of a band and never under the floor, so one answer hardly ever moves it; and
only of everybody, so that no two groups can be taken from each other.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from accounts.models import User
from consent.permits import gate
from courses.models import Skill
from estimates.knowledge import mastery
from estimates.knowledge.mastery import MASTERED, Known
from teaching.groups import minimum_group
from teaching.groups.group_filter import EVERYBODY, Audience

COURSE = "course"


@dataclass(frozen=True, slots=True)
class Standing:
    """People as they may be told; "" = too few, never zero."""

    mastered: str = ""
    learning: str = ""
    unsure: str = ""

    @property
    def any(self) -> bool:
        return bool(self.mastered or self.learning or self.unsure)


def standings(
    skills: Collection[Skill], audience: Audience, *, now: datetime
) -> Mapping[int, Standing]:
    """By skill; of a chosen group nothing."""
    if audience.chosen.key != EVERYBODY:
        return {}
    codes = User.objects.filter(pk__in=audience.learners).values_list("code", flat=True)
    answers = gate.permits_of(list(codes), [COURSE], now=now)
    permits = {
        code: each.granted[COURSE] for code, each in answers.items() if COURSE in each.granted
    }
    found = mastery.of_class(permits, skills)
    return {skill: standing(people, audience) for skill, people in found.items()}


def standing(people: Collection[Known], audience: Audience) -> Standing:
    mastered = sum(one.lo >= MASTERED for one in people)
    learning = sum(one.hi < MASTERED for one in people)
    counts = (mastered, learning, len(people) - mastered - learning)
    return Standing(*(_told(n, audience) for n in counts))


def _told(n: int, audience: Audience) -> str:
    return (
        minimum_group.format_count(n, simulated=audience.simulated) if audience.is_enough(n) else ""
    )
