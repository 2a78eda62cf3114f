"""Spaced review: the skills of a Course a Learner is about to forget, and a question for each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from accounts.models import User
from accounts.name_order import name_key
from adaptation.next_question import choice_log, target_success_rate
from adaptation.next_question.choice_log import DrawDetails
from consent.permits import gate, restrictions
from consent.permits.gate import Permit
from courses import availability
from courses.models import Course, Question, Response, Skill
from emotion.knowledge import item_selection
from emotion.knowledge.item_selection import Candidate
from emotion.knowledge.spaced_repetition import Memory
from estimates.knowledge import mastery
from interventions.choice import Rng


@dataclass(frozen=True, slots=True)
class DueSkill:
    """One skill due for review, since when, and its last correct answer; `chance` of recall.

    `askable`: there is a question on it without a correct answer yet.
    """

    skill: Skill
    since: datetime
    last_right: datetime
    chance: float
    askable: bool


def list_due(learner: User, course: Course, *, now: datetime) -> list[DueSkill]:
    """Return the skills due now, the most forgotten first; empty for Learners who object."""
    over = _due_memories(learner, [course], now)
    fresh = _find_questions(learner, [skill.pk for skill in over], now) if over else {}
    rows = [
        DueSkill(skill, each.due, each.last_right, each.strength(now), bool(fresh.get(skill.pk)))
        for skill, each in over.items()
    ]
    return sorted(rows, key=lambda row: (row.chance, name_key(row.skill.name)))


def count_due(learner: User, courses: Collection[Course], *, now: datetime) -> dict[int, int]:
    """Return the number of skills due by course pk; one set of queries for all courses."""
    return dict(Counter(skill.course_id for skill in _due_memories(learner, courses, now)))


def _due_memories(learner: User, courses: Collection[Course], now: datetime) -> dict[Skill, Memory]:
    """Return the memories that are due; empty without a live Grant."""
    permit = gate.permits(learner.code, ["course"], now=now).granted.get("course")
    if permit is None or restrictions.has_objected(learner):
        return {}
    known = mastery.memories(permit, courses)
    return {skill: memory for skill, memory in known.items() if memory.due <= now}


@transaction.atomic
def ask(learner: User, skill: Skill, permit: Permit, *, rng: Rng, now: datetime) -> Question | None:
    """Return a question on the skill near the Teacher's target, marked as asked; or None."""
    questions = _find_questions(learner, [skill.pk], now).get(skill.pk, [])
    if restrictions.has_objected(learner) or not questions:
        return None
    aims, chances = (
        target_success_rate.get_band(skill.course),
        mastery.read(permit).predict(questions),
    )
    field = [Candidate(str(each.code), chances[each.pk]) for each in questions]
    draw = item_selection.draw_question(field, rng, aims)
    question = next(each for each in questions if str(each.code) == draw.chosen.code)
    row = choice_log.store_waiting(
        learner,
        question.unit,  # type: ignore[arg-type]  # _fresh gives none without
        question,
        DrawDetails(draw.chosen.predicted, aims.target, field),
        permit,
        purpose="review",
        probability=draw.probability,
        adjust=None,
        now=now,
    )
    return choice_log.mark_asked(row, now=now)


def find_last_right(learner: User, skills: Sequence[Skill], *, before: datetime) -> datetime | None:
    """Return the time of the last correct answer on one of these skills, before then."""
    rows = Response.objects.filter(
        learner=learner, question__skills__in=skills, correct=True, answered_at__lt=before
    )
    return rows.order_by("-answered_at").values_list("answered_at", flat=True).first()


def _find_questions(
    learner: User, skills: Collection[int], now: datetime
) -> dict[int, list[Question]]:
    """Return by skill the quiz questions without a correct answer, or with new numbers.

    Questions of units that are not open yet are left out.
    """
    right = Response.objects.filter(learner=learner, correct=True).values("question")
    rows = Question.objects.filter(
        ~Q(pk__in=right) | Q(parameterised__isnull=False),
        skills__in=skills,
        unit__in=availability.units_open_to(learner, now=now),
        unit__kind="quiz",
        unit__scenario="course",
        unit__position__isnull=False,
    )
    found: dict[int, list[Question]] = {}
    for question in rows.distinct().select_related("unit").prefetch_related("skills"):
        for skill in question.skills.all():
            found.setdefault(skill.pk, []).append(question)
    return found
