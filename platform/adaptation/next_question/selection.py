"""Choice of the next question of a quiz and its variant, near the Teacher's target success rate.

It depends on answers. An Estimate changes nothing here unless a Rule that fired created an
Intervention of kind `adjust`, and then only within the Teacher's range.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Prefetch

from accounts.models import User
from adaptation.next_question import (
    choice_log,
    difficulty_shift,
    models,
    prerequisites,
    target_success_rate,
)
from adaptation.next_question.choice_log import DrawDetails
from adaptation.next_question.difficulty_shift import DifficultyShift
from consent.permits import restrictions
from consent.permits.gate import Permit
from courses import attempts
from courses.answers.responses import find_correct_questions
from courses.models import Question, Unit
from emotion.knowledge import item_selection
from emotion.knowledge.item_selection import Candidate, SuccessBand
from interventions.choice import Rng

QUESTION_COLUMNS = ("code", "unit", "position", "difficulty", "sibling", "relation")


@dataclass(frozen=True, slots=True)
class QuestionChoice:
    """The question to ask, the chance of a right answer, and the probability and size of the draw.

    `weighed` has the details of the draw; None where nothing was drawn.
    """

    question: Question
    predicted: float
    probability: float
    candidates: int
    weighed: DrawDetails | None = None
    move: DifficultyShift | None = None


@dataclass(frozen=True, slots=True)
class QuestionTargets:
    """The Teacher's target band, and the shifts in force by skill."""

    band: SuccessBand
    moves: Mapping[int, DifficultyShift]

    def shift_of(self, question: Question) -> DifficultyShift | None:
        found = (self.moves.get(skill.pk) for skill in question.skills.all())
        return next((move for move in found if move is not None), None)

    def band_of(self, question: Question) -> SuccessBand:
        """Return the band with the target in force for this question."""
        move = self.shift_of(question)
        return self.band if move is None else self.band.shift_target(move.by)


def choose(
    learner: User,
    unit: Unit,
    permit: Permit,
    *,
    rng: Rng,
    now: datetime,
    after: Question | None = None,
) -> QuestionChoice | None:
    """Return the next question of a quiz that is not answered right yet; None if all are.

    `after` is the question just asked: another one comes first while there is one.
    """
    places = _load_places(unit)
    right = find_correct_questions(learner, places)
    left = [place for place in places if place.pk not in right]
    pool = [place for place in left if after is None or place.pk != main_question_pk(after)] or left
    if restrictions.has_objected(learner) or attempts.is_test(unit):
        return _choose_in_order(pool)
    if not pool:
        return None
    aims = QuestionTargets(
        target_success_rate.get_band(unit.course),
        difficulty_shift.shifts_in_force(learner, now=now),
    )
    ready = prerequisites.select_ready(pool, permit)
    return _draw_question(ready.places, ready.chances, aims, rng)


def _load_places(unit: Unit) -> list[Question]:
    """Load only the columns that are needed, since question texts take most of the reading time."""
    weighed = Question.objects.only(*QUESTION_COLUMNS).prefetch_related("skills")
    rows = (
        unit.questions.filter(position__isnull=False).order_by("position").only(*QUESTION_COLUMNS)
    )
    return list(rows.prefetch_related("skills", Prefetch("variants", weighed)))


def store_choice(
    learner: User, unit: Unit, chosen: QuestionChoice | None, permit: Permit, *, now: datetime
) -> models.Choice | None:
    """Store the waiting choice of a unit, in a transaction; None = no choice waits any more."""
    if chosen is None or chosen.weighed is None:
        choice_log.delete_waiting(learner, unit)
        return None
    return choice_log.store_waiting(
        learner,
        unit,
        chosen.question,
        chosen.weighed,
        permit,
        purpose="quiz",
        probability=chosen.probability,
        adjust=chosen.move.intervention if chosen.move else None,
        now=now,
    )


@transaction.atomic
def ask(
    learner: User,
    unit: Unit,
    permit: Permit,
    *,
    rng: Rng,
    now: datetime,
    after: Question | None = None,
) -> Question | None:
    """Return the question to ask now, marked as asked: the waiting one if it still fits."""
    row = choice_log.find_waiting(learner, unit)
    if row is None or not _fits(row, learner, unit, after, now):
        chosen = choose(learner, unit, permit, rng=rng, now=now, after=after)
        row = store_choice(learner, unit, chosen, permit, now=now)
        if row is None:
            return None if chosen is None else chosen.question
    return choice_log.mark_asked(row, now=now)


def main_question_pk(question: Question) -> int:
    """Return the pk of the main question of which this is a variant, or its own pk."""
    return question.sibling_id or question.pk


def _fits(
    row: models.Choice,
    learner: User,
    unit: Unit,
    after: Question | None,
    now: datetime,
) -> bool:
    """Return whether it is still in use, not just asked, and under the same shift as now."""
    if row.question.unit_id != unit.pk or restrictions.has_objected(learner):
        return False
    if after is not None and main_question_pk(after) == main_question_pk(row.question):
        return False
    move = QuestionTargets(
        SuccessBand(), difficulty_shift.shifts_in_force(learner, now=now)
    ).shift_of(row.question)
    return bool(row.adjust_id == (move.intervention.pk if move else None))


def _choose_in_order(places: Sequence[Question]) -> QuestionChoice | None:
    """Return the first question in course order, without a variant.

    For tests, and for Learners who object to automated decisions.
    """
    if not places:
        return None
    first = min(places, key=lambda place: place.position or 0)
    return QuestionChoice(first, predicted=item_selection.TARGET, probability=1.0, candidates=1)


def _draw_question(
    places: Sequence[Question], chances: Mapping[int, float], aims: QuestionTargets, rng: Rng
) -> QuestionChoice:
    field = [_build_candidate(place, chances, aims) for place in places]
    draw = item_selection.draw_question(field, rng, aims.band)
    place = next(place for place in places if str(place.code) == draw.chosen.code)
    question = _pick_variant(place, draw.chosen.predicted, chances, aims)
    predicted = chances.get(question.pk, draw.chosen.predicted)
    return QuestionChoice(
        question,
        predicted,
        draw.probability,
        draw.candidates,
        DrawDetails(predicted, aims.band_of(place).target, field),
        aims.shift_of(place),
    )


def _build_candidate(
    place: Question, chances: Mapping[int, float], aims: QuestionTargets
) -> Candidate:
    target = aims.band_of(place).target
    return Candidate(str(place.code), chances.get(place.pk, target), target)


def _pick_variant(
    place: Question, predicted: float, chances: Mapping[int, float], aims: QuestionTargets
) -> Question:
    """Return the question or a variant: outside the range, or nearer to a shifted target."""
    by_relation = {variant.relation: variant for variant in place.variants.all()}
    easier, harder = (
        chances.get(by_relation[name].pk) if name in by_relation else None
        for name in ("easier", "harder")
    )
    if aims.shift_of(place) is None:
        wanted = item_selection.choose_variant(
            predicted, easier=easier, harder=harder, band=aims.band
        )
    else:
        wanted = item_selection.choose_nearest(
            predicted, easier=easier, harder=harder, band=aims.band_of(place)
        )
    return by_relation.get(wanted, place)
