"""Facts from answers: on the current item, on its skills over all time, and on answer speed.

The current item is the open one, or else the one answered last: after a correct answer, help is
about that one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import takewhile
from statistics import median
from typing import TypeVar

from adaptation.facts.course_records import Course, Past
from courses.models import Question, Response
from estimates.knowledge.mastery import MASTERED, Item, Known, Mastery
from interventions.facts import NOT_KNOWN, Fact

# Fewer answers than this give no useful median.
FEWEST_FOR_USUAL = 5
QUICK_MS = 3000
UNLIKELY = 0.5
Chances = Callable[[Sequence[int]], Mapping[int, float]]
T = TypeVar("T")


def item_of(course: Course) -> Response | None:
    """Return the last answer while its question is still open."""
    last = last_of(course)
    return None if last is None or last.correct else last


def last_of(course: Course) -> Response | None:
    return course.responses[-1] if course.responses else None


def on_item(course: Course, t: float) -> dict[str, Fact]:
    """Return the actions on the open item, and the streaks of this Sitting."""
    open_item = item_of(course)
    tries = [r for r in course.responses if open_item and r.question_id == open_item.question_id]
    since = max(t - seconds_of(course, tries[-1]), 0.0) if tries else 0.0
    hints = [
        e
        for e in course.events
        if e.name == "hint" and open_item and e.ref == open_item.question.code
    ]
    wrong = run_of(tries, lambda one: not one.correct)
    return {
        "wrong_on_item": Fact(float(wrong), since),
        "answers_on_item": Fact(float(len(tries)), since),
        "hints_open": Fact(float(len(hints))),
        "wrong_streak": Fact(float(run_of(course.responses, lambda one: not one.correct))),
        "correct_streak": Fact(float(run_of(course.responses, lambda one: one.correct))),
    }


def on_skill(course: Course, chances: Chances, t: float) -> dict[str, Fact]:
    """Return the record on the skills of the current item over all time; empty without an item."""
    last = last_of(course)
    if last is None:
        return {}
    past = same_skills(course, last.question_id)
    before = past[:-1] if last.correct else []
    tries = _first_tries(past)
    return {
        "opportunities": Fact(float(len(tries))),
        "right_of_last_5": Fact(float(sum(one.correct for one in tries[-5:]))),
        "wrong_before_right": Fact(
            float(run_of(before, lambda one: not one.correct)), max(t - seconds_of(course, last), 0)
        ),
        "unlikely_after_help": Fact(float(_unlikely(course, chances))),
    }


def same_skills(course: Course, question: int) -> list[Past]:
    """Return the Learner's answers on any skill of that question, oldest first."""
    skills = {skill for one in course.past if one.question == question for skill in one.skills}
    return [one for one in course.past if one.skills & skills]


def _first_tries(past: Iterable[Past]) -> list[Past]:
    """Return one answer for each question and draw: a retry is no new opportunity."""
    found: dict[tuple[int, int | None], Past] = {}
    for one in past:
        found.setdefault((one.question, one.draw), one)
    return list(found.values())


def helped_run(course: Course) -> list[int]:
    """Return the latest questions on the current skills, newest first, while help was used."""
    last = last_of(course)
    helped: dict[int, bool] = {}
    for one in reversed(same_skills(course, last.question_id)) if last else ():
        helped[one.question] = helped.get(one.question, False) or one.hints > 0
    return list(takewhile(lambda question: helped[question], helped))


def _unlikely(course: Course, chances: Chances) -> int:
    """Count the latest questions in a row that stay unlikely to be answered right despite help."""
    run = helped_run(course)
    if not run:
        return 0
    known = chances(run)
    return run_of(run[::-1], lambda question: known.get(question, 1.0) < UNLIKELY)


def chances(known: Mastery, questions: Mapping[int, Question]) -> Chances:
    """Return a function that predicts the chance of a right answer to questions, as of today."""

    def found(run: Sequence[int]) -> Mapping[int, float]:
        return known.predict([questions[pk] for pk in run if pk in questions])

    return found


def on_speed(course: Course) -> dict[str, Fact]:
    """Count right answers faster than this Learner's median, and answers too fast to be read."""
    usual = [one.ms for one in course.past if one.ms]
    quick = run_of(course.responses, lambda one: 0 < one.elapsed_ms < QUICK_MS)
    if len(usual) < FEWEST_FOR_USUAL:
        return {"fast_right": NOT_KNOWN, "quick_answers": Fact(float(quick))}
    middle = median(usual)
    fast = run_of(course.responses, lambda one: one.correct and 0 < one.elapsed_ms < middle)
    return {"fast_right": Fact(float(fast)), "quick_answers": Fact(float(quick))}


def on_knowing(course: Course, known: Mastery, asked: Sequence[Question]) -> dict[str, Fact]:
    """Return the mastery of the current item, or without one of the skills of the unit.

    `asked` are the unit's questions. Also returns how many skills the unit has and how many of them
    are probably mastered.
    """
    skills = known.of_skills(course.sitting.unit.skills.all())
    answered = [each for each in skills if each.n]
    of_unit = {
        "skills_in_unit": Fact(float(len(skills))),
        "skills_known": Fact(float(sum(each.p >= MASTERED for each in answered))),
    }
    last = last_of(course)
    if last is None:
        return of_unit | _on_skills(course, answered, known, asked)
    item = known.of_question(last.question)
    return of_unit | ({} if item is None else _known(item.predicted, item))


def _on_skills(
    course: Course, answered: Sequence[Known], known: Mastery, asked: Sequence[Question]
) -> dict[str, Fact]:
    """Return the weakest of the skills answered before, and the hardest of the unit's questions."""
    if not answered or not course.past:
        return {}
    chances = known.predict(asked)
    least = min(answered, key=lambda each: each.p)
    return _known(min(chances.values()), least) if chances else {}


def _known(predicted: float, of: Known | Item) -> dict[str, Fact]:
    return {"predicted_success": Fact(predicted), "mastery": Fact(of.p, low=of.lo, high=of.hi)}


def run_of(things: Iterable[T], fits: Callable[[T], bool]) -> int:
    """Count how many of the last items in a row match."""
    return sum(1 for _ in takewhile(fits, reversed(list(things))))


def seconds_of(course: Course, response: Response) -> float:
    return (response.answered_at - course.sitting.began_at).total_seconds()
