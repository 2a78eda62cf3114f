"""Which place of a quiz comes next, and in which variant: near the success the Teacher wants.

Only what was answered decides; a guess about feelings moves nothing here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from accounts.models import User
from consent import restrictions
from consent.gate import Permit
from courses.models import Question, Unit
from courses.responses import places_right
from emotion.knowledge import band
from emotion.knowledge.band import Candidate
from estimates import mastery
from interventions.choice import Rng


@dataclass(frozen=True, slots=True)
class Choice:
    """The question to ask, the chance of a right answer, and how it was drawn among how many."""

    question: Question
    predicted: float
    probability: float
    candidates: int


def choose(
    learner: User, unit: Unit, permit: Permit, *, rng: Rng, after: Question | None = None
) -> Choice | None:
    """The next place of a quiz that is not right yet; None when all are.

    `after` is the question just asked: another place comes first while there is one.
    """
    places = list(
        unit.questions.filter(position__isnull=False).prefetch_related("skills", "variants__skills")
    )
    right = places_right(learner, places)
    left = [place for place in places if place.pk not in right]
    others = [place for place in left if after is None or place.pk != _place_of(after)]
    if restrictions.objects(learner):
        return _in_order(others or left)
    chances = mastery.predict(_with_variants(left), permit)
    drawn = _draw(others or left, chances, rng)
    return None if drawn is None else _in_variant(*drawn, chances)


def _in_order(places: Sequence[Question]) -> Choice | None:
    """The first place as the course has it, unchanged: for who objects to being chosen for."""
    if not places:
        return None
    first = min(places, key=lambda place: place.position or 0)
    return Choice(first, predicted=band.TARGET, probability=1.0, candidates=1)


def _place_of(question: Question) -> int:
    return question.sibling_id or question.pk


def _with_variants(places: Sequence[Question]) -> list[Question]:
    return [question for place in places for question in (place, *place.variants.all())]


def _draw(
    places: Sequence[Question], chances: Mapping[int, float], rng: Rng
) -> tuple[Question, band.Draw] | None:
    if not places:
        return None
    candidates = [Candidate(str(place.pk), chances.get(place.pk, band.TARGET)) for place in places]
    drawn = band.draw(candidates, rng)
    return next(place for place in places if str(place.pk) == drawn.chosen.code), drawn


def _in_variant(place: Question, drawn: band.Draw, chances: Mapping[int, float]) -> Choice:
    by_relation = {variant.relation: variant for variant in place.variants.all()}
    expected = {name: chances.get(variant.pk) for name, variant in by_relation.items()}
    wanted = band.variant(
        drawn.chosen.predicted,
        easier=expected.get("easier"),
        harder=expected.get("harder"),
    )
    question = by_relation.get(wanted, place)
    predicted = chances.get(question.pk, drawn.chosen.predicted)
    return Choice(question, predicted, drawn.probability, drawn.candidates)
