"""The chance of a right answer by what was learned from this site's answers, where it is in use."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from uuid import UUID

from consent.permits.gate import Permit
from courses.models import Question, QuestionSkill, Response
from emotion import artefacts
from emotion.knowledge.tracers.hybrid_inference import LiveHybrid, QuestionCodes
from estimates.registry import predictors

logger = logging.getLogger(__name__)
KIND = "knowledge"


@dataclass(frozen=True, slots=True)
class Model:
    """What was learned, and the codes that questions and skills have in it."""

    hybrid: LiveHybrid
    questions: Mapping[UUID, int]
    skills: Mapping[UUID, int]

    def asked(self, question: UUID, skills: Sequence[UUID]) -> QuestionCodes | None:
        """The question as the model knows it; None where a skill is new to it."""
        if not skills or not all(skill in self.skills for skill in skills):
            return None
        return QuestionCodes(
            self.questions.get(question, -1), tuple(self.skills[skill] for skill in skills)
        )


@dataclass(frozen=True)
class Taught:
    """The model, and the answers of some people as it was taught: read when first needed, once."""

    permits: Sequence[Permit]

    @cached_property
    def model(self) -> Model | None:
        return _in_use()

    @cached_property
    def answers(self) -> dict[UUID, list[tuple[QuestionCodes, bool]]]:
        return _histories(self.model, self.permits) if self.model else {}


@dataclass(frozen=True, slots=True)
class Nightly:
    """What it says of one person."""

    permit: Permit
    taught: Taught

    def chances(self, questions: Sequence[Question]) -> dict[int, float]:
        """By the pk of each question (with skills prefetched) of which it can say anything."""
        model = self.taught.model if questions else None
        if model is None:
            return {}
        asked = {
            question.pk: found
            for question in questions
            for found in [
                model.asked(question.code, [skill.code for skill in question.skills.all()])
            ]
            if found is not None
        }
        if not asked:
            return {}
        answers = self.taught.answers.get(self.permit.subject, [])
        return dict(zip(asked, model.hybrid.chances(answers, list(asked.values())), strict=True))


def of(permit: Permit) -> Nightly:
    """What it says of this person alone."""
    return Nightly(permit, Taught([permit]))


def _in_use() -> Model | None:
    """The Predictor in use; one whose folder is gone or changed is passed by."""
    row = predictors.active(KIND)
    try:
        return None if row is None else _loaded(str(row))
    except (artefacts.BrokenArtefact, OSError):
        logger.exception("nightly.broken")
        return None


@lru_cache(maxsize=2)
def _loaded(name: str) -> Model:
    _, weights = artefacts.read(predictors.folder_of(name))
    names = (
        {UUID(bytes=row.tobytes()): code for code, row in enumerate(weights[part])}
        for part in ("questions", "skills")
    )
    return Model(LiveHybrid(weights), *names)


def _histories(
    model: Model, permits: Sequence[Permit]
) -> dict[UUID, list[tuple[QuestionCodes, bool]]]:
    """Each person's first answer to each question, oldest first, as the model was taught."""
    rows = (
        Response.objects.filter(learner__code__in=[permit.subject for permit in permits])
        .order_by("learner", "question_id", "answered_at", "id")
        .distinct("learner", "question_id")
        .values_list("answered_at", "question_id", "question__code", "correct", "learner__code")
    )
    first = sorted(rows)
    skills: dict[int, list[UUID]] = {}
    asks = QuestionSkill.objects.filter(question__in={row[1] for row in first}).order_by("skill")
    for question, skill in asks.values_list("question_id", "skill__code"):
        skills.setdefault(question, []).append(skill)
    found: dict[UUID, list[tuple[QuestionCodes, bool]]] = {}
    for _, question, code, correct, who in first:
        asked = model.asked(code, skills.get(question, []))
        if asked is not None:
            found.setdefault(who, []).append((asked, correct))
    return found
