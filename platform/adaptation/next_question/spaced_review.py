"""Spaced review: which skills of a Course a Learner would soon forget, and a question for each."""

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
from adaptation.next_question.choice_log import Weighed
from consent.permits import gate, restrictions
from consent.permits.gate import Permit
from courses.models import Course, Question, Response, Skill
from emotion.knowledge import item_selection
from emotion.knowledge.item_selection import Candidate
from emotion.knowledge.spaced_repetition import Memory
from estimates.knowledge import mastery
from interventions.choice import Rng


@dataclass(frozen=True, slots=True)
class Due:
    """One skill that is due, since when, and when it last went well; `chance` to remember it.

    `askable`: there is a question on it that was not answered right before.
    """

    skill: Skill
    since: datetime
    last_right: datetime
    chance: float
    askable: bool


def due(learner: User, course: Course, *, now: datetime) -> list[Due]:
    """What is due now, the most forgotten first; nothing for who objects to being chosen for."""
    over = _over(learner, [course], now)
    fresh = _fresh(learner, [skill.pk for skill in over]) if over else {}
    rows = [
        Due(skill, each.due, each.last_right, each.strength(now), bool(fresh.get(skill.pk)))
        for skill, each in over.items()
    ]
    return sorted(rows, key=lambda row: (row.chance, name_key(row.skill.name)))


def due_counts(learner: User, courses: Collection[Course], *, now: datetime) -> dict[int, int]:
    """How many skills are due in each of these courses, by its pk; as many queries for them all."""
    return dict(Counter(skill.course_id for skill in _over(learner, courses, now)))


def _over(learner: User, courses: Collection[Course], now: datetime) -> dict[Skill, Memory]:
    """What is due; nothing outside a live Grant."""
    permit = gate.permits(learner.code, ["course"], now=now).granted.get("course")
    if permit is None or restrictions.objects(learner):
        return {}
    known = mastery.memories(permit, courses)
    return {skill: memory for skill, memory in known.items() if memory.due <= now}


@transaction.atomic
def ask(learner: User, skill: Skill, permit: Permit, *, rng: Rng, now: datetime) -> Question | None:
    """A question on the skill, near the Teacher's target, written down as asked; or None."""
    questions = _fresh(learner, [skill.pk]).get(skill.pk, [])
    if restrictions.objects(learner) or not questions:
        return None
    aims, chances = (
        target_success_rate.band_of(skill.course),
        mastery.read(permit).predict(questions),
    )
    field = [Candidate(str(each.code), chances[each.pk]) for each in questions]
    drawn = item_selection.draw_question(field, rng, aims)
    question = next(each for each in questions if str(each.code) == drawn.chosen.code)
    row = choice_log.keep(
        learner,
        question.unit,  # type: ignore[arg-type]  # _fresh gives none without
        question,
        Weighed(drawn.chosen.predicted, aims.target, field),
        permit,
        purpose="review",
        probability=drawn.probability,
        adjust=None,
        now=now,
    )
    return choice_log.ask(row, now=now)


def last_right(learner: User, skills: Sequence[Skill], *, before: datetime) -> datetime | None:
    """When one of these skills last went well, before then."""
    rows = Response.objects.filter(
        learner=learner, question__skills__in=skills, correct=True, answered_at__lt=before
    )
    return rows.order_by("-answered_at").values_list("answered_at", flat=True).first()


def _fresh(learner: User, skills: Collection[int]) -> dict[int, list[Question]]:
    """For each skill, the quiz questions not answered right yet, or with numbers to draw anew."""
    right = Response.objects.filter(learner=learner, correct=True).values("question")
    rows = Question.objects.filter(
        ~Q(pk__in=right) | Q(parameterised__isnull=False),
        skills__in=skills,
        unit__kind="quiz",
        unit__scenario="course",
        unit__position__isnull=False,
    )
    found: dict[int, list[Question]] = {}
    for question in rows.distinct().select_related("unit").prefetch_related("skills"):
        for skill in question.skills.all():
            found.setdefault(skill.pk, []).append(question)
    return found
