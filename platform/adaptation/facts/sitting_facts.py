"""Facts of one Sitting at one moment: actions, reports and estimates.

What is not known stays UNKNOWN; a rule never reads silence as "no". The Learner's reports outrank
estimates (design §1.3).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from adaptation.facts import answer_facts, pace_facts
from adaptation.facts.course_records import CourseRecords, RecordsRequest
from consent.permits.gate import Permit
from courses.models import Question
from estimates import self_reports
from estimates.knowledge import mastery
from estimates.knowledge.mastery import LearnerMastery
from estimates.models import AFFECT_LABELS, BEHAVIOUR_STATES, FEELINGS
from interventions.facts import UNKNOWN, UNKNOWN_FACT, Fact, Facts

# The states that a Predictor may give, as rules name them.
AFFECTS = tuple(label.lower() for label in AFFECT_LABELS)
# Own words that count as `engaged`.
GOING_WELL = ("interest", "happiness", "confidence")


def gather_facts(
    course: CourseRecords, guessed: Mapping[str, Fact], permit: Permit, *, now: datetime
) -> Facts:
    """Return every signal that can be known now."""
    request = RecordsRequest(course.sitting, permit, now)
    (facts,) = gather_facts_each([request], [course], [guessed])
    return facts


def gather_facts_each(
    requests: Sequence[RecordsRequest],
    courses: Sequence[CourseRecords],
    guessed: Sequence[Mapping[str, Fact]],
) -> list[Facts]:
    """Gather the facts of many Sittings in the same number of queries as for one."""
    known = mastery.read_each([each.permit for each in requests])
    questions = load_questions(courses)
    work = pace_facts.work_facts_each([(each.sitting, each.now) for each in requests])
    return [
        _gather_one(each, course, known[each.permit.subject], questions, {**worked, **guesses})
        for each, course, worked, guesses in zip(requests, courses, work, guessed, strict=True)
    ]


@dataclass(frozen=True, slots=True)
class QuestionLookup:
    """Questions with their skills, by primary key, read with one query for all Sittings."""

    by_pk: Mapping[int, Question]

    def in_unit(self, unit: int) -> list[Question]:
        return [question for question in self.by_pk.values() if question.unit_id == unit]


def load_questions(courses: Sequence[CourseRecords]) -> QuestionLookup:
    """Load the questions facts need: of units without answers yet, and of runs of help.

    Runs no query if none is needed.
    """
    units = {
        each.sitting.unit_id
        for each in courses
        if answer_facts.find_last_answer(each) is None and each.past
    }
    runs = {question for each in courses for question in answer_facts.list_helped_run(each)}
    if not (units or runs):
        return QuestionLookup({})
    rows = Question.objects.filter(Q(unit__in=units) | Q(pk__in=runs)).order_by("pk")
    return QuestionLookup({row.pk: row for row in rows.prefetch_related("skills")})


def _gather_one(
    request: RecordsRequest,
    course: CourseRecords,
    known: LearnerMastery,
    questions: QuestionLookup,
    others: Mapping[str, Fact],
) -> Facts:
    chances = answer_facts.predictor_of_chances(known, questions.by_pk)
    facts = {
        **answer_facts.item_facts(course, request.t),
        **answer_facts.skill_facts(course, chances, request.t),
        **answer_facts.speed_facts(course),
        **answer_facts.knowledge_facts(course, known, questions.in_unit(course.sitting.unit_id)),
        **pace_facts.read_pace(course).facts_at(request.t),
        **report_facts(course, request.now),
        **others,
    }
    return {**facts, **override_estimates(facts)}


def report_facts(course: CourseRecords, now: datetime) -> dict[str, Fact]:
    """Return flags of the last minutes: the latest feeling reported, and "stuck" or "got it"."""
    return {
        **_latest_report(course, self_reports.ACTS, now),
        **_latest_report(course, FEELINGS, now),
    }


def _latest_report(course: CourseRecords, names: Sequence[str], now: datetime) -> dict[str, Fact]:
    reports = [report for report in course.said if report.label in names]
    since = (now - reports[-1].at).total_seconds() if reports else 0.0
    return {
        f"self_{name}": Fact(bool(reports) and reports[-1].label == name, max(since, 0.0), "self")
        for name in names
    }


def override_estimates(facts: Facts) -> dict[str, Fact]:
    """Return the facts in which a reported feeling replaces everything that was sensed.

    A rule then reads the Learner's word, and its row is stored under no scope of a Stream. A word
    that no Predictor gives ("anxiety") says that none of the estimated states holds.
    """
    named = [name for name in FEELINGS if facts[f"self_{name}"].value is True]
    if not named:
        return {}
    since = facts[f"self_{named[0]}"].since_s
    unread = {name: UNKNOWN_FACT for name, given in facts.items() if given.source == "sensed"}
    said = {name: Fact(float(name in named), since, "self") for name in AFFECTS}
    engaged = Fact(float(named[0] in GOING_WELL), since, "self")
    return {**unread, **said, "engaged": engaged}


def unknown_estimates() -> dict[str, Fact]:
    """Return the facts of estimates while nothing is sensed."""
    names = (*AFFECTS, "engaged", *BEHAVIOUR_STATES)
    return {name: Fact(UNKNOWN, source="sensed", absence="off") for name in names}
