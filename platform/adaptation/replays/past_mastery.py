"""Mastery of one Learner at a past moment, traced through their answers until then.

The estimators are those of a live decision, starting empty, because `estimates` stores only the
mastery of today.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from adaptation.facts import answer_facts
from adaptation.facts.course_records import MAX_PAST, CourseRecords, PastAnswer
from adaptation.replays.course_history import CourseLog
from courses.models import Response
from emotion.knowledge import elo, logistic_mastery
from emotion.knowledge.elo import Rating, Ratings
from emotion.knowledge.logistic_mastery import Mastery, SkillAnswer
from estimates.knowledge.mastery import MASTERED
from interventions.facts import Fact

OVERALL = None


class MasteryTracer:
    """Learns from answers in chronological order; starts again when given fewer than before."""

    def __init__(self, log: CourseLog) -> None:
        self._log = log
        self._begin()

    @property
    def count(self) -> int:
        """Return how many answers it has learnt from."""
        return len(self._past)

    def learn_until(self, answers: Sequence[Response], count: int) -> list[PastAnswer]:
        """Learn from the first `count` answers, and return them in the form of facts."""
        if count < len(self._past):
            self._begin()
        for answer in answers[len(self._past) : count]:
            self._learn(answer)
        return self._past[-MAX_PAST:] if count > MAX_PAST else self._past

    def chances(self, questions: Sequence[int]) -> Mapping[int, float]:
        """Return the chance of a right answer to each of these questions that has a skill."""
        return {pk: self._chance(pk) for pk in questions if self._log.skills.get(pk)}

    def facts(self, course: CourseRecords) -> dict[str, Fact]:
        """Return the mastery of the current item; without one, of the skills of the unit."""
        unit, last = course.sitting.unit_id, answer_facts.find_last_answer(course)
        found = [self._mastery(skill) for skill in sorted(self._log.units.get(unit, ()))]
        known = [each for each in found if each.n]
        of_unit = {
            "skills_in_unit": Fact(float(len(found))),
            "skills_known": Fact(float(sum(each.p >= MASTERED for each in known))),
        }
        if last is None:
            return of_unit | _mastery_facts(self._chances_in(unit), known)
        skills = sorted(self._log.skills.get(last.question_id, ()))
        at_hand = [self._mastery(skill) for skill in skills]
        return of_unit | _mastery_facts([self._chance(last.question_id)] if skills else [], at_hand)

    def _chances_in(self, unit: int) -> list[float]:
        if not self._past:
            return []
        asked = [pk for pk, question in self._log.questions.items() if question.unit_id == unit]
        return list(self.chances(asked).values())

    def _begin(self) -> None:
        self._past: list[PastAnswer] = []
        self._ratings: dict[int | None, Rating] = defaultdict(Rating)
        self._histories: dict[int, list[SkillAnswer]] = defaultdict(list)
        self._tried: set[int] = set()
        self._traced: dict[int, Mastery] = {}

    def _learn(self, answer: Response) -> None:
        given = self._log.as_past_answer(answer)
        first = given.question not in self._tried
        for skill in given.skills:
            self._traced.pop(skill, None)
            self._histories[skill].append(
                SkillAnswer(given.correct, assisted=given.hints > 0 or not first)
            )
        if first and given.skills:
            self._rate(given)
        self._tried.add(given.question)
        self._past.append(given)

    def _rate(self, given: PastAnswer) -> None:
        skills = sorted(given.skills)
        difficulty = elo.difficulty_logit(self._log.questions[given.question].difficulty)
        moved = elo.update(self._ratings_of(skills), difficulty, correct=given.correct)
        self._ratings[OVERALL] = moved.overall
        self._ratings.update(zip(skills, moved.skills, strict=True))

    def _ratings_of(self, skills: Sequence[int]) -> Ratings:
        return Ratings(self._ratings[OVERALL], tuple(self._ratings[skill] for skill in skills))

    def _chance(self, question: int) -> float:
        difficulty = elo.difficulty_logit(self._log.questions[question].difficulty)
        return elo.predicted_success(
            self._ratings_of(sorted(self._log.skills[question])), difficulty
        )

    def _mastery(self, skill: int) -> Mastery:
        if skill not in self._traced:
            self._traced[skill] = logistic_mastery.trace(self._histories[skill])
        return self._traced[skill]


def _mastery_facts(chances: Sequence[float], skills: Sequence[Mastery]) -> dict[str, Fact]:
    """Return the lowest chance and the weakest skill; empty where either is missing."""
    if not chances or not skills:
        return {}
    least = min(skills, key=lambda each: each.p)
    return {
        "predicted_success": Fact(min(chances)),
        "mastery": Fact(least.p, low=least.lo, high=least.hi),
    }
