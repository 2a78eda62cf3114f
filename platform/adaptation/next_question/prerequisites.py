"""Which questions of a quiz may come first: prerequisites mastered, own skills not yet."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from consent.permits.gate import Permit
from courses.models import Question, Skill
from courses.models.skill import SkillPrerequisite
from estimates.knowledge import mastery
from estimates.knowledge.mastery import MASTERED


@dataclass(frozen=True, slots=True)
class ReadyQuestions:
    """The questions that come before the others, and the predicted chances by pk."""

    places: list[Question]
    chances: Mapping[int, float]


def select_ready(places: Sequence[Question], permit: Permit) -> ReadyQuestions:
    """Return at least one of some questions (with skills and variants prefetched).

    Questions with an unmastered prerequisite come last; before them those whose skills are all
    mastered.
    """
    skills = {skill for place in places for skill in place.skills.all()}
    needs = _load_prerequisites(skills)
    wanted = skills.union(*needs.values())
    asked = [question for place in places for question in (place, *place.variants.all())]
    known = mastery.read(permit)
    mastered = {each.skill for each in known.of_skills(wanted) if each.n and each.p >= MASTERED}
    ranks = [_rank(place, mastered, needs) for place in places]
    first = [place for place, rank in zip(places, ranks, strict=True) if rank == min(ranks)]
    return ReadyQuestions(first, known.predict(asked))


def _load_prerequisites(skills: Collection[Skill]) -> dict[int, set[Skill]]:
    rows = SkillPrerequisite.objects.filter(skill__in=skills).select_related("needs")
    found: dict[int, set[Skill]] = {}
    for row in rows:
        found.setdefault(row.skill_id, set()).add(row.needs)
    return found


def _rank(
    place: Question, mastered: Collection[Skill], needs: Mapping[int, Collection[Skill]]
) -> int:
    skills = list(place.skills.all())
    if any(need not in mastered for skill in skills for need in needs.get(skill.pk, ())):
        return 2
    return int(bool(skills) and all(skill in mastered for skill in skills))
