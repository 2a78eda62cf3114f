"""Mastery of a Learner: Elo within the request, then the interval of the logistic tracing.

Elo (per skill and overall) changes with the first answer to an item and predicts the next one. The
worker then traces each changed skill through its answers for the figures shown to people. All
values are sealed under scope `course`, so each function takes that Permit.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q

from accounts.models import User
from consent.permits import gate
from consent.permits.gate import Permit
from courses.models import Course, Question, Response, Skill
from emotion.knowledge import elo, logistic_mastery
from emotion.knowledge.elo import Rating, Ratings
from emotion.knowledge.logistic_mastery import SkillAnswer
from emotion.knowledge.spaced_repetition import Memory
from estimates.knowledge import skill_memory
from estimates.knowledge.answer_predictor import NightlyPredictions, TaughtModel
from estimates.models import MasteryEstimate
from vault.errors import KeyDestroyed, KeystoreBusy
from vault.sealed_values import Place, seal_value, unseal_value
from work_queue.due_rows import describe_error, lock_free, process_each

logger = logging.getLogger(__name__)
OVERALL = None
# Few at a time, because learners who answer meanwhile wait for the locked rows.
BATCH = 32
# The mark on the bars of the pages.
MASTERED = 0.85
# Mastery of a skill before its first answer.
UNKNOWN_MASTERY = logistic_mastery.trace([])
WRITTEN_FIELDS = ["sealed", "responses", "updated_at", "due_at"]
Stored = dict[str, float]


@dataclass(frozen=True, slots=True)
class SkillMastery:
    """One Skill: best estimate and 80 % interval of mastery, and the number of answers."""

    skill: Skill
    p: float
    lo: float
    hi: float
    n: int


@dataclass(frozen=True, slots=True)
class QuestionMastery:
    """One question: the chance of a right answer, and the weakest of its skills."""

    predicted: float
    p: float
    lo: float
    hi: float
    n: int


@transaction.atomic(savepoint=False)
def update(response: Response, permit: Permit, *, now: datetime) -> None:
    """Update Elo and memory after one answer, and queue the interval of each of its skills."""
    skills: list[int | None] = [skill.pk for skill in response.question.skills.all()]
    if not skills:
        return
    rows = _lock_or_create(response.learner, [OVERALL, *skills], permit)
    stored = {skill: _open(row, permit) for skill, row in rows.items()}
    first = _is_first(response)
    for skill in skills:
        stored[skill] = skill_memory.update_memory(stored[skill], response, first=first)
    if first:
        difficulty = elo.difficulty_logit(response.question.difficulty)
        moved = elo.update(_ratings(stored, skills), difficulty, correct=response.correct)
        _set_rating(stored, OVERALL, moved.overall)
        for skill, rating in zip(skills, moved.skills, strict=True):
            _set_rating(stored, skill, rating)
    for skill, row in rows.items():
        _seal_into(row, stored[skill], permit, now, due_at=now if skill is not OVERALL else None)
    _write(rows.values())


@dataclass(frozen=True, slots=True)
class LearnerMastery:
    """The mastery of one Learner, unsealed once for many lookups."""

    stored: Mapping[int | None, Stored]
    nightly: NightlyPredictions

    def predict(self, questions: Sequence[Question]) -> Mapping[int, float]:
        """Return the chance of a right answer to each question (skills prefetched), by pk.

        From the nightly model if one is in use and knows the question's skills, else from Elo.
        """
        return {**_predict_by_elo(questions, self.stored), **self.nightly.chances(questions)}

    def of_skills(self, skills: Iterable[Skill]) -> list[SkillMastery]:
        """Return the mastery of each Skill, in the order given; n = 0 means unknown."""
        return [_build_skill_mastery(skill, self.stored.get(skill.pk, {})) for skill in skills]

    def of_question(self, question: Question) -> QuestionMastery | None:
        """Return the mastery of one question before its next answer; None without a skill."""
        chances = self.predict([question])
        if question.pk not in chances:
            return None
        least = min(self.of_skills(question.skills.all()), key=lambda known: known.p)
        return QuestionMastery(chances[question.pk], least.p, least.lo, least.hi, least.n)


def read(permit: Permit) -> LearnerMastery:
    """Open every row of the Learner; raises KeyDestroyed once the account is gone."""
    return read_each([permit])[permit.subject]


def read_each(permits: Sequence[Permit]) -> dict[UUID, LearnerMastery]:
    """Open the rows of many Learners; by Learner code."""
    given = {permit.subject: permit for permit in permits}
    stored: dict[UUID, dict[int | None, Stored]] = {subject: {} for subject in given}
    rows = MasteryEstimate.objects.filter(learner__code__in=given)
    for row in rows.annotate(who=F("learner__code")):
        stored[row.who][row.skill_id] = _open(row, given[row.who])
    taught = TaughtModel(list(given.values()))
    return {
        who: LearnerMastery(known, NightlyPredictions(given[who], taught))
        for who, known in stored.items()
    }


def memories(permit: Permit, courses: Collection[Course]) -> dict[Skill, Memory]:
    """Return the memory of each Skill of these courses that had a right answer."""
    rows = MasteryEstimate.objects.filter(learner__code=permit.subject, skill__course__in=courses)
    found: dict[Skill, Memory] = {}
    for row in rows.select_related("skill"):
        memory = skill_memory.read_memory(_open(row, permit))
        if row.skill is not None and memory is not None:
            found[row.skill] = memory
    return found


def read_class(
    permits: Mapping[UUID, Permit], skills: Iterable[Skill]
) -> dict[int, list[SkillMastery]]:
    """Return, by Skill, the mastery of each of many Learners who answered a question on it."""
    named = {skill.pk: skill for skill in skills}
    rows = MasteryEstimate.objects.filter(learner__code__in=permits, skill__in=named)
    found: dict[int, list[SkillMastery]] = {pk: [] for pk in named}
    for row in rows.select_related("learner").only("id", "skill", "sealed", "learner__code"):
        try:
            stored = _open(row, permits[row.learner.code])
        except KeyDestroyed:
            continue  # an erasure in progress also deletes this row
        if row.skill_id is not None and stored.get("n"):
            found[row.skill_id].append(_build_skill_mastery(named[row.skill_id], stored))
    return found


def _predict_by_elo(
    questions: Sequence[Question], stored: Mapping[int | None, Stored]
) -> dict[int, float]:
    skills = {question: [skill.pk for skill in question.skills.all()] for question in questions}
    return {
        question.pk: elo.predicted_success(
            _ratings(stored, asked), elo.difficulty_logit(question.difficulty)
        )
        for question, asked in skills.items()
        if asked
    }


def _build_skill_mastery(skill: Skill, found: Stored) -> SkillMastery:
    return SkillMastery(
        skill,
        p=found.get("p", UNKNOWN_MASTERY.p),
        lo=found.get("lo", UNKNOWN_MASTERY.lo),
        hi=found.get("hi", UNKNOWN_MASTERY.hi),
        n=int(found.get("n", 0)),
    )


def refine_due(*, now: datetime) -> int:
    """Trace each pending row through its answers; skip rows of inactive accounts."""
    done = refined = _refine_some(now)
    while refined == BATCH:
        refined = _refine_some(now)
        done += refined
    return done


@transaction.atomic
def _refine_some(now: datetime) -> int:
    due = MasteryEstimate.objects.filter(due_at__isnull=False, learner__is_active=True)
    rows = lock_free(due.select_related("learner").order_by("due_at"), BATCH)
    every = gate.permits_of_people({row.learner.code for row in rows}, ["course"], now=now)
    histories = _load_histories(rows)

    def refine(row: MasteryEstimate) -> int:
        row.due_at = None
        permit = every[row.learner.code].granted.get("course")
        if permit is not None:
            _trace(row, histories[row.learner_id, row.skill_id], permit, now)
        return 1

    process_each(rows, refine, postpone=_skip)
    _write(rows)
    return len(rows)


def _trace(
    row: MasteryEstimate, history: Sequence[SkillAnswer], permit: Permit, now: datetime
) -> None:
    mastery = logistic_mastery.trace(history)
    traced = {"p": mastery.p, "lo": mastery.lo, "hi": mastery.hi, "n": float(mastery.n)}
    _seal_into(row, {**_open(row, permit), **traced}, permit, now, due_at=None)


def _skip(_row: MasteryEstimate, error: Exception) -> None:
    """Leave the row as it is until the next answer. Raises KeystoreBusy, which stops all rows."""
    if isinstance(error, KeystoreBusy):
        raise error
    logger.error("mastery.unreadable", extra=describe_error(error))


def _load_histories(
    rows: Sequence[MasteryEstimate],
) -> dict[tuple[int, int | None], list[SkillAnswer]]:
    """Return each row's answers on its Skill; one after help or a retry counts as assisted."""
    responses = Response.objects.filter(
        learner__in=[row.learner_id for row in rows],
        question__skills__in=[row.skill_id for row in rows],
    ).order_by("answered_at", "id")
    found: dict[tuple[int, int | None], list[SkillAnswer]] = defaultdict(list)
    tried: set[tuple[int, int, int]] = set()
    columns = ("learner_id", "question__skills", "question_id", "correct", "hints_used")
    for learner, skill, question, correct, hints in responses.values_list(*columns):
        again = (learner, skill, question) in tried
        tried.add((learner, skill, question))
        found[learner, skill].append(SkillAnswer(correct, assisted=hints > 0 or again))
    return found


def _write(rows: Iterable[MasteryEstimate]) -> None:
    MasteryEstimate.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["id"], update_fields=WRITTEN_FIELDS
    )


def _is_first(response: Response) -> bool:
    """Return whether this is the first answer; called under lock, so only one of two can be."""
    others = Response.objects.filter(learner=response.learner, question=response.question)
    return not others.exclude(pk=response.pk).exists()


def _lock_or_create(
    learner: User, skills: Sequence[int | None], permit: Permit
) -> dict[int | None, MasteryEstimate]:
    """Return the rows, locked; a skill met for the first time gets a new row."""
    found = _lock(skills, permit)
    if missing := [skill for skill in skills if skill not in found]:
        blank = [MasteryEstimate(learner=learner, skill_id=skill, sealed=b"") for skill in missing]
        MasteryEstimate.objects.bulk_create(blank, ignore_conflicts=True)
        found = _lock(skills, permit)
    return found


def _lock(skills: Sequence[int | None], permit: Permit) -> dict[int | None, MasteryEstimate]:
    rows = MasteryEstimate.objects.select_for_update(of=["self"]).filter(
        Q(skill_id__in=[skill for skill in skills if skill is not None]) | Q(skill_id=None),
        learner__code=permit.subject,
    )
    return {row.skill_id: row for row in rows.order_by("id")}


def _open(row: MasteryEstimate, permit: Permit) -> Stored:
    if not row.sealed:
        return {}
    opened: Stored = unseal_value(bytes(row.sealed), place=_place(row.id, permit.subject))
    return opened


def _seal_into(
    row: MasteryEstimate, stored: Stored, permit: Permit, now: datetime, *, due_at: datetime | None
) -> None:
    row.sealed = seal_value(
        stored,
        place=_place(row.id, permit.subject),
        scopes={permit.scope: permit.epoch},
        now=now,
    )
    row.responses = int(stored.get("answers", 0))
    row.updated_at, row.due_at = now, due_at


def _ratings(stored: Mapping[int | None, Stored], skills: Sequence[int | None]) -> Ratings:
    return Ratings(_rating(stored, OVERALL), tuple(_rating(stored, skill) for skill in skills))


def _rating(stored: Mapping[int | None, Stored], skill: int | None) -> Rating:
    found = stored.get(skill, {})
    return Rating(found.get("rating", 0.0), int(found.get("answers", 0)))


def _set_rating(stored: dict[int | None, Stored], skill: int | None, rating: Rating) -> None:
    stored[skill] = {**stored[skill], "rating": rating.value, "answers": float(rating.answers)}


def _place(row_id: int, subject: UUID) -> Place:
    return Place("estimates_masteryestimate", "sealed", str(row_id), subject)
