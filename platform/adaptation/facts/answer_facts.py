"""Facts from answers: on the current item, on its skills over all time, and on answer speed.

The current item is the open one, or else the one answered last: after a correct answer, help is
about that one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import takewhile
from statistics import median
from typing import TypeVar

from adaptation.facts.course_records import CourseRecords, PastAnswer
from courses.models import Question, Response
from estimates.knowledge.mastery import MASTERED, LearnerMastery, QuestionMastery, SkillMastery
from interventions.facts import UNKNOWN_FACT, Fact

# Fewer answers than this give no useful median.
MIN_FOR_MEDIAN = 5
QUICK_MS = 3000
UNLIKELY = 0.5
Chances = Callable[[Sequence[int]], Mapping[int, float]]
T = TypeVar("T")


def find_open_item(course: CourseRecords) -> Response | None:
    """Return the last answer while its question is still open."""
    last = find_last_answer(course)
    return None if last is None or last.correct else last


def find_last_answer(course: CourseRecords) -> Response | None:
    return course.responses[-1] if course.responses else None


def item_facts(course: CourseRecords, t: float) -> dict[str, Fact]:
    """Return the actions on the open item, and the streaks of this Sitting."""
    open_item = find_open_item(course)
    tries = [r for r in course.responses if open_item and r.question_id == open_item.question_id]
    since = max(t - seconds_into_sitting(course, tries[-1]), 0.0) if tries else 0.0
    hints = [
        e
        for e in course.events
        if e.name == "hint" and open_item and e.ref == open_item.question.code
    ]
    wrong = count_run(tries, lambda one: not one.correct)
    return {
        "wrong_on_item": Fact(float(wrong), since),
        "answers_on_item": Fact(float(len(tries)), since),
        "hints_open": Fact(float(len(hints))),
        "wrong_streak": Fact(float(count_run(course.responses, lambda one: not one.correct))),
        "correct_streak": Fact(float(count_run(course.responses, lambda one: one.correct))),
    }


def skill_facts(course: CourseRecords, chances: Chances, t: float) -> dict[str, Fact]:
    """Return the record on the skills of the current item over all time; empty without an item."""
    last = find_last_answer(course)
    if last is None:
        return {}
    past = list_same_skills(course, last.question_id)
    before = past[:-1] if last.correct else []
    tries = _first_tries(past)
    return {
        "opportunities": Fact(float(len(tries))),
        "right_of_last_5": Fact(float(sum(one.correct for one in tries[-5:]))),
        "wrong_before_right": Fact(
            float(count_run(before, lambda one: not one.correct)),
            max(t - seconds_into_sitting(course, last), 0),
        ),
        "unlikely_after_help": Fact(float(_count_unlikely(course, chances))),
    }


def list_same_skills(course: CourseRecords, question: int) -> list[PastAnswer]:
    """Return the Learner's answers on any skill of that question, oldest first."""
    skills = {skill for one in course.past if one.question == question for skill in one.skills}
    return [one for one in course.past if one.skills & skills]


def _first_tries(past: Iterable[PastAnswer]) -> list[PastAnswer]:
    """Return one answer for each question and draw: a retry is no new opportunity."""
    found: dict[tuple[int, int | None], PastAnswer] = {}
    for one in past:
        found.setdefault((one.question, one.draw), one)
    return list(found.values())


def list_helped_run(course: CourseRecords) -> list[int]:
    """Return the latest questions on the current skills, newest first, while help was used."""
    last = find_last_answer(course)
    helped: dict[int, bool] = {}
    for one in reversed(list_same_skills(course, last.question_id)) if last else ():
        helped[one.question] = helped.get(one.question, False) or one.hints > 0
    return list(takewhile(lambda question: helped[question], helped))


def _count_unlikely(course: CourseRecords, chances: Chances) -> int:
    """Count the latest questions in a row that stay unlikely to be answered right despite help."""
    run = list_helped_run(course)
    if not run:
        return 0
    known = chances(run)
    return count_run(run[::-1], lambda question: known.get(question, 1.0) < UNLIKELY)


def predictor_of_chances(known: LearnerMastery, questions: Mapping[int, Question]) -> Chances:
    """Return a function that predicts the chance of a right answer to questions, as of today."""

    def predict_run(run: Sequence[int]) -> Mapping[int, float]:
        return known.predict([questions[pk] for pk in run if pk in questions])

    return predict_run


def speed_facts(course: CourseRecords) -> dict[str, Fact]:
    """Count right answers faster than this Learner's median, and answers too fast to be read."""
    usual = [one.ms for one in course.past if one.ms]
    quick = count_run(course.responses, lambda one: 0 < one.elapsed_ms < QUICK_MS)
    if len(usual) < MIN_FOR_MEDIAN:
        return {"fast_right": UNKNOWN_FACT, "quick_answers": Fact(float(quick))}
    middle = median(usual)
    fast = count_run(course.responses, lambda one: one.correct and 0 < one.elapsed_ms < middle)
    return {"fast_right": Fact(float(fast)), "quick_answers": Fact(float(quick))}


def knowledge_facts(
    course: CourseRecords, known: LearnerMastery, questions: Sequence[Question]
) -> dict[str, Fact]:
    """Return the mastery of the current item, or without one of the skills of the unit.

    `questions` are the unit's questions. Also returns how many skills the unit has, and how many
    are probably mastered.
    """
    skills = known.of_skills(course.sitting.unit.skills.all())
    answered = [each for each in skills if each.n]
    of_unit = {
        "skills_in_unit": Fact(float(len(skills))),
        "skills_known": Fact(float(sum(each.p >= MASTERED for each in answered))),
    }
    last = find_last_answer(course)
    if last is None:
        return of_unit | _unit_knowledge_facts(course, answered, known, questions)
    item = known.of_question(last.question)
    return of_unit | ({} if item is None else _mastery_facts(item.predicted, item))


def _unit_knowledge_facts(
    course: CourseRecords,
    answered: Sequence[SkillMastery],
    known: LearnerMastery,
    questions: Sequence[Question],
) -> dict[str, Fact]:
    """Return the weakest of the skills answered before, and the hardest of the unit's questions."""
    if not answered or not course.past:
        return {}
    chances = known.predict(questions)
    least = min(answered, key=lambda each: each.p)
    return _mastery_facts(min(chances.values()), least) if chances else {}


def _mastery_facts(predicted: float, of: SkillMastery | QuestionMastery) -> dict[str, Fact]:
    return {"predicted_success": Fact(predicted), "mastery": Fact(of.p, low=of.lo, high=of.hi)}


def count_run(things: Iterable[T], fits: Callable[[T], bool]) -> int:
    """Count how many of the last items in a row match."""
    return sum(1 for _ in takewhile(fits, reversed(list(things))))


def seconds_into_sitting(course: CourseRecords, response: Response) -> float:
    return (response.answered_at - course.sitting.began_at).total_seconds()
