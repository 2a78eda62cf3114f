"""The chance of a right answer according to the model trained on this site's answers, if in use."""

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
class AnswerModel:
    """The trained model, and its codes for questions and skills."""

    hybrid: LiveHybrid
    questions: Mapping[UUID, int]
    skills: Mapping[UUID, int]

    def encode_question(self, question: UUID, skills: Sequence[UUID]) -> QuestionCodes | None:
        """Return the question in the model's codes; None where a skill is unknown to it."""
        if not skills or not all(skill in self.skills for skill in skills):
            return None
        return QuestionCodes(
            self.questions.get(question, -1), tuple(self.skills[skill] for skill in skills)
        )


@dataclass(frozen=True)
class TaughtModel:
    """The model, and some Learners' answers in its codes: read on first use, once."""

    permits: Sequence[Permit]

    @cached_property
    def model(self) -> AnswerModel | None:
        return _load_active()

    @cached_property
    def answers(self) -> dict[UUID, list[tuple[QuestionCodes, bool]]]:
        return _load_histories(self.model, self.permits) if self.model else {}


@dataclass(frozen=True, slots=True)
class NightlyPredictions:
    """The model's predictions for one Learner."""

    permit: Permit
    taught: TaughtModel

    def chances(self, questions: Sequence[Question]) -> dict[int, float]:
        """Return the chance by pk of each question (skills prefetched) the model knows."""
        model = self.taught.model if questions else None
        if model is None:
            return {}
        asked = {
            question.pk: found
            for question in questions
            for found in [
                model.encode_question(
                    question.code, [skill.code for skill in question.skills.all()]
                )
            ]
            if found is not None
        }
        if not asked:
            return {}
        answers = self.taught.answers.get(self.permit.subject, [])
        return dict(zip(asked, model.hybrid.chances(answers, list(asked.values())), strict=True))


def predictions_of(permit: Permit) -> NightlyPredictions:
    """Return the predictions for this Learner alone."""
    return NightlyPredictions(permit, TaughtModel([permit]))


def _load_active() -> AnswerModel | None:
    """Return the Predictor in use; one whose folder is missing or changed is skipped."""
    row = predictors.find_active(KIND)
    try:
        return None if row is None else _load(str(row))
    except (artefacts.BrokenArtefact, OSError):
        logger.exception("nightly.broken")
        return None


@lru_cache(maxsize=2)
def _load(name: str) -> AnswerModel:
    _, weights = artefacts.read(predictors.folder_of(name))
    names = (
        {UUID(bytes=row.tobytes()): code for code, row in enumerate(weights[part])}
        for part in ("questions", "skills")
    )
    return AnswerModel(LiveHybrid(weights), *names)


def _load_histories(
    model: AnswerModel, permits: Sequence[Permit]
) -> dict[UUID, list[tuple[QuestionCodes, bool]]]:
    """Return each Learner's first answer to each question, oldest first, as in training."""
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
        asked = model.encode_question(code, skills.get(question, []))
        if asked is not None:
            found.setdefault(who, []).append((asked, correct))
    return found
