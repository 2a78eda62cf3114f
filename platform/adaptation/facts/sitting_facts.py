"""Facts of one Sitting at one moment: actions, reports and estimates.

What is not known stays UNKNOWN; a rule never reads silence as "no". The Learner's reports outrank
estimates (design §1.3).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from adaptation.facts import answer_facts, pace_facts
from adaptation.facts.course_records import Asked, Course
from adaptation.facts.question_lookup import Questions, questions_of
from consent.permits.gate import Permit
from estimates import self_reports
from estimates.knowledge import mastery
from estimates.knowledge.mastery import Mastery
from interventions.facts import NOT_KNOWN, UNKNOWN, Fact, Facts

AFFECTS = ("interest", "boredom", "happiness", "confusion", "frustration", "distraction")
LEVELS = ("valence", "arousal")


def gather(course: Course, guessed: Mapping[str, Fact], permit: Permit, *, now: datetime) -> Facts:
    """Return every signal that can be known now."""
    asked = Asked(course.sitting, permit, now)
    (facts,) = gather_each([asked], [course], [guessed])
    return facts


def gather_each(
    asked: Sequence[Asked], courses: Sequence[Course], guessed: Sequence[Mapping[str, Fact]]
) -> list[Facts]:
    """Gather the facts of many Sittings in the same number of queries as for one."""
    known = mastery.read_each([each.permit for each in asked])
    questions = questions_of(courses)
    work = pace_facts.on_work_each([(each.sitting, each.now) for each in asked])
    return [
        _gathered(each, course, known[each.permit.subject], questions, {**worked, **guesses})
        for each, course, worked, guesses in zip(asked, courses, work, guessed, strict=True)
    ]


def _gathered(
    asked: Asked, course: Course, known: Mastery, questions: Questions, besides: Mapping[str, Fact]
) -> Facts:
    chances = answer_facts.chances(known, questions.by_pk)
    facts = {
        **answer_facts.on_item(course, asked.t),
        **answer_facts.on_skill(course, chances, asked.t),
        **answer_facts.on_speed(course),
        **answer_facts.on_knowing(course, known, questions.of(course.sitting.unit_id)),
        **pace_facts.pace_of(course).at(asked.t),
        **on_said(course, asked.now),
        **besides,
    }
    return {**facts, **said_over_guessed(facts)}


def on_said(course: Course, now: datetime) -> dict[str, Fact]:
    """Return flags of the last minutes: the latest feeling reported, and "stuck" or "got it"."""
    return {**_latest(course, self_reports.ACTS, now), **_latest(course, AFFECTS, now)}


def _latest(course: Course, names: Sequence[str], now: datetime) -> dict[str, Fact]:
    said = [word for word in course.said if word.label in names]
    since = (now - said[-1].at).total_seconds() if said else 0.0
    return {
        f"self_{name}": Fact(bool(said) and said[-1].label == name, max(since, 0.0), "self")
        for name in names
    }


def said_over_guessed(facts: Facts) -> dict[str, Fact]:
    """Return the facts in which a reported feeling replaces estimates of feelings."""
    named = [name for name in AFFECTS if facts[f"self_{name}"].value is True]
    if not named:
        return {}
    since = facts[f"self_{named[0]}"].since_s
    said = {name: Fact(float(name in named), since, "self") for name in AFFECTS}
    said |= {name: NOT_KNOWN for name in LEVELS if name in facts}
    return {**said, "engaged": Fact(float(named[0] in ("interest", "happiness")), since, "self")}


def unknown_estimates() -> dict[str, Fact]:
    """Return the facts of estimates while nothing is sensed."""
    return {name: Fact(UNKNOWN, source="sensed", absence="off") for name in (*AFFECTS, "engaged")}
