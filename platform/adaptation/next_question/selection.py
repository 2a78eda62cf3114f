"""Which place of a quiz comes next, and in which variant: near the success the Teacher wants.

What was answered decides. A guess about feelings moves nothing here unless a Rule that fired made
an Intervention of kind `adjust` of it, and then only inside the Teacher's range.
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
from adaptation.next_question.choice_log import Weighed
from adaptation.next_question.difficulty_shift import Move
from consent.permits import restrictions
from consent.permits.gate import Permit
from courses import attempts
from courses.answers.responses import places_right
from courses.models import Question, Unit
from emotion.knowledge import item_selection
from emotion.knowledge.item_selection import Candidate, SuccessBand
from interventions.choice import Rng

WEIGHED = ("code", "unit", "position", "difficulty", "sibling", "relation")


@dataclass(frozen=True, slots=True)
class Choice:
    """The question to ask, the chance of a right answer, and how it was drawn among how many.

    `weighed` is what the draw was made of; None where nothing was weighed.
    """

    question: Question
    predicted: float
    probability: float
    candidates: int
    weighed: Weighed | None = None
    move: Move | None = None


@dataclass(frozen=True, slots=True)
class Aims:
    """What is aimed at: the Teacher's band, and the moves in force by skill."""

    band: SuccessBand
    moves: Mapping[int, Move]

    def move(self, question: Question) -> Move | None:
        found = (self.moves.get(skill.pk) for skill in question.skills.all())
        return next((move for move in found if move is not None), None)

    def of(self, question: Question) -> SuccessBand:
        """The band with the target that counts for this question."""
        move = self.move(question)
        return self.band if move is None else self.band.shift_target(move.by)


def choose(
    learner: User,
    unit: Unit,
    permit: Permit,
    *,
    rng: Rng,
    now: datetime,
    after: Question | None = None,
) -> Choice | None:
    """The next place of a quiz that is not right yet; None when all are.

    `after` is the question just asked: another place comes first while there is one.
    """
    places = _places(unit)
    right = places_right(learner, places)
    left = [place for place in places if place.pk not in right]
    pool = [place for place in left if after is None or place.pk != place_of(after)] or left
    if restrictions.objects(learner) or attempts.is_test(unit):
        return _in_order(pool)
    if not pool:
        return None
    aims = Aims(target_success_rate.band_of(unit.course), difficulty_shift.moves(learner, now=now))
    ready = prerequisites.first_of(pool, permit)
    return _drawn(ready.places, ready.chances, aims, rng)


def _places(unit: Unit) -> list[Question]:
    """With no more of each than is weighed: what it says takes most of reading it."""
    weighed = Question.objects.only(*WEIGHED).prefetch_related("skills")
    rows = unit.questions.filter(position__isnull=False).order_by("position").only(*WEIGHED)
    return list(rows.prefetch_related("skills", Prefetch("variants", weighed)))


def keep(
    learner: User, unit: Unit, chosen: Choice | None, permit: Permit, *, now: datetime
) -> models.Choice | None:
    """Let a choice wait in its unit, in a transaction; None = nothing is left to wait there."""
    if chosen is None or chosen.weighed is None:
        choice_log.drop(learner, unit)
        return None
    return choice_log.keep(
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
    """The question to ask now, written down as asked: the one that waits, where it still fits."""
    row = choice_log.waiting(learner, unit)
    if row is None or not _fits(row, learner, unit, after, now):
        chosen = choose(learner, unit, permit, rng=rng, now=now, after=after)
        row = keep(learner, unit, chosen, permit, now=now)
        if row is None:
            return None if chosen is None else chosen.question
    return choice_log.ask(row, now=now)


def place_of(question: Question) -> int:
    """The pk of the place that a question stands at, itself or as a variant."""
    return question.sibling_id or question.pk


def _fits(
    row: models.Choice,
    learner: User,
    unit: Unit,
    after: Question | None,
    now: datetime,
) -> bool:
    """Still in use, not of the place just asked, and moved by what moves it now."""
    if row.question.unit_id != unit.pk or restrictions.objects(learner):
        return False
    if after is not None and place_of(after) == place_of(row.question):
        return False
    move = Aims(SuccessBand(), difficulty_shift.moves(learner, now=now)).move(row.question)
    return bool(row.adjust_id == (move.intervention.pk if move else None))


def _in_order(places: Sequence[Question]) -> Choice | None:
    """The first place as the course has it, unchanged: in a test, and for who objects to being
    chosen for."""
    if not places:
        return None
    first = min(places, key=lambda place: place.position or 0)
    return Choice(first, predicted=item_selection.TARGET, probability=1.0, candidates=1)


def _drawn(
    places: Sequence[Question], chances: Mapping[int, float], aims: Aims, rng: Rng
) -> Choice:
    field = [_candidate(place, chances, aims) for place in places]
    drawn = item_selection.draw_question(field, rng, aims.band)
    place = next(place for place in places if str(place.code) == drawn.chosen.code)
    question = _in_variant(place, drawn.chosen.predicted, chances, aims)
    predicted = chances.get(question.pk, drawn.chosen.predicted)
    return Choice(
        question,
        predicted,
        drawn.probability,
        drawn.candidates,
        Weighed(predicted, aims.of(place).target, field),
        aims.move(place),
    )


def _candidate(place: Question, chances: Mapping[int, float], aims: Aims) -> Candidate:
    target = aims.of(place).target
    return Candidate(str(place.code), chances.get(place.pk, target), target)


def _in_variant(
    place: Question, predicted: float, chances: Mapping[int, float], aims: Aims
) -> Question:
    """The place itself, or a sibling of it: outside the range, or nearer to a moved target."""
    by_relation = {variant.relation: variant for variant in place.variants.all()}
    easier, harder = (
        chances.get(by_relation[name].pk) if name in by_relation else None
        for name in ("easier", "harder")
    )
    if aims.move(place) is None:
        wanted = item_selection.choose_variant(
            predicted, easier=easier, harder=harder, band=aims.band
        )
    else:
        wanted = item_selection.choose_nearest(
            predicted, easier=easier, harder=harder, band=aims.of(place)
        )
    return by_relation.get(wanted, place)
