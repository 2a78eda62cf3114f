"""What a Learner probably knows: Elo in the request, the interval of the logistic tracing after it.

Elo (skill and overall) moves with the first answer to an item and predicts the next; the worker
then traces each touched skill through its answers for what people are shown.
Everything stands sealed under scope `course`, so each function takes that Permit.
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
from estimates.knowledge.answer_predictor import Nightly, Taught
from estimates.models import MasteryEstimate
from vault.errors import KeyDestroyed, Tampered
from vault.sealed_values import Place, seal_value, unseal_value

logger = logging.getLogger(__name__)
OVERALL = None
# Few at a time: whoever answers meanwhile waits for the rows that are locked.
AT_ONCE = 32
# Where the bars of the pages draw their line.
MASTERED = 0.85
# What is believed of a skill before its first answer.
UNKNOWN = logistic_mastery.trace([])
WRITTEN = ["sealed", "responses", "updated_at", "due_at"]
Stored = dict[str, float]


@dataclass(frozen=True, slots=True)
class Known:
    """One Skill: best guess and 80 % range of mastery, and the answers behind them."""

    skill: Skill
    p: float
    lo: float
    hi: float
    n: int


@dataclass(frozen=True, slots=True)
class Item:
    """One question: chance of a right answer, and the least known of its skills."""

    predicted: float
    p: float
    lo: float
    hi: float
    n: int


@transaction.atomic(savepoint=False)
def update(response: Response, permit: Permit, *, now: datetime) -> None:
    """Learn from one answer (Elo, remembering), and owe each of its skills an interval."""
    skills: list[int | None] = [skill.pk for skill in response.question.skills.all()]
    if not skills:
        return
    rows = _locked(response.learner, [OVERALL, *skills], permit)
    stored = {skill: _opened(row, permit) for skill, row in rows.items()}
    first = _is_first(response)
    for skill in skills:
        stored[skill] = skill_memory.after(stored[skill], response, first=first)
    if first:
        difficulty = elo.difficulty_logit(response.question.difficulty)
        moved = elo.update(_ratings(stored, skills), difficulty, correct=response.correct)
        _put(stored, OVERALL, moved.overall)
        for skill, rating in zip(skills, moved.skills, strict=True):
            _put(stored, skill, rating)
    for skill, row in rows.items():
        _put_in(row, stored[skill], permit, now, due_at=now if skill is not OVERALL else None)
    _write(rows.values())


@dataclass(frozen=True, slots=True)
class Mastery:
    """What is known of one Learner, opened once, so that asking much of it reads no more."""

    stored: Mapping[int | None, Stored]
    nightly: Nightly

    def predict(self, questions: Sequence[Question]) -> Mapping[int, float]:
        """The chance of a right answer to each question (with its skills prefetched), by pk.

        By the nightly model where one is in use and knows the question's skills, else by Elo.
        """
        return {**_by_elo(questions, self.stored), **self.nightly.chances(questions)}

    def of_skills(self, skills: Iterable[Skill]) -> list[Known]:
        """What is known of each Skill, in the order given; n = 0 is "not known yet"."""
        return [_known(skill, self.stored.get(skill.pk, {})) for skill in skills]

    def of_question(self, question: Question) -> Item | None:
        """What is known about one question before its next answer; None without a skill."""
        chances = self.predict([question])
        if question.pk not in chances:
            return None
        least = min(self.of_skills(question.skills.all()), key=lambda known: known.p)
        return Item(chances[question.pk], least.p, least.lo, least.hi, least.n)


def read(permit: Permit) -> Mastery:
    """Open every row of the Learner; raises KeyDestroyed once the account is gone."""
    return read_each([permit])[permit.subject]


def read_each(permits: Sequence[Permit]) -> dict[UUID, Mastery]:
    """The same of many Learners, by whom."""
    given = {permit.subject: permit for permit in permits}
    stored: dict[UUID, dict[int | None, Stored]] = {subject: {} for subject in given}
    rows = MasteryEstimate.objects.filter(learner__code__in=given)
    for row in rows.annotate(who=F("learner__code")):
        stored[row.who][row.skill_id] = _opened(row, given[row.who])
    taught = Taught(list(given.values()))
    return {who: Mastery(known, Nightly(given[who], taught)) for who, known in stored.items()}


def memories(permit: Permit, courses: Collection[Course]) -> dict[Skill, Memory]:
    """What is remembered of each Skill of these courses that went well once."""
    rows = MasteryEstimate.objects.filter(learner__code=permit.subject, skill__course__in=courses)
    found: dict[Skill, Memory] = {}
    for row in rows.select_related("skill"):
        memory = skill_memory.kept(_opened(row, permit))
        if row.skill is not None and memory is not None:
            found[row.skill] = memory
    return found


def of_class(permits: Mapping[UUID, Permit], skills: Iterable[Skill]) -> dict[int, list[Known]]:
    """By Skill, what is known of each of many Learners who answered a question of it."""
    named = {skill.pk: skill for skill in skills}
    rows = MasteryEstimate.objects.filter(learner__code__in=permits, skill__in=named)
    found: dict[int, list[Known]] = {pk: [] for pk in named}
    for row in rows.select_related("learner").only("id", "skill", "sealed", "learner__code"):
        try:
            stored = _opened(row, permits[row.learner.code])
        except KeyDestroyed:
            continue  # somebody's erasure is under way, and takes the row with it
        if row.skill_id is not None and stored.get("n"):
            found[row.skill_id].append(_known(named[row.skill_id], stored))
    return found


def _by_elo(questions: Sequence[Question], stored: Mapping[int | None, Stored]) -> dict[int, float]:
    skills = {question: [skill.pk for skill in question.skills.all()] for question in questions}
    return {
        question.pk: elo.predicted_success(
            _ratings(stored, asked), elo.difficulty_logit(question.difficulty)
        )
        for question, asked in skills.items()
        if asked
    }


def _known(skill: Skill, found: Stored) -> Known:
    return Known(
        skill,
        p=found.get("p", UNKNOWN.p),
        lo=found.get("lo", UNKNOWN.lo),
        hi=found.get("hi", UNKNOWN.hi),
        n=int(found.get("n", 0)),
    )


def refine_due(*, now: datetime) -> int:
    """Trace each owed row through its answers; rows of a gone account are left alone."""
    done = refined = _refine_some(now)
    while refined == AT_ONCE:
        refined = _refine_some(now)
        done += refined
    return done


@transaction.atomic
def _refine_some(now: datetime) -> int:
    due = MasteryEstimate.objects.filter(due_at__isnull=False, learner__is_active=True)
    free = due.select_for_update(skip_locked=True, of=["self"]).select_related("learner")
    rows = list(free.order_by("due_at")[:AT_ONCE])
    every = gate.permits_of({row.learner.code for row in rows}, ["course"], now=now)
    histories = _histories(rows)
    for row in rows:
        row.due_at = None
        permit = every[row.learner.code].granted.get("course")
        if permit is not None:
            _trace(row, histories[row.learner_id, row.skill_id], permit, now)
    _write(rows)
    return len(rows)


def _trace(
    row: MasteryEstimate, history: Sequence[SkillAnswer], permit: Permit, now: datetime
) -> None:
    mastery = logistic_mastery.trace(history)
    traced = {"p": mastery.p, "lo": mastery.lo, "hi": mastery.hi, "n": float(mastery.n)}
    try:
        _put_in(row, {**_opened(row, permit), **traced}, permit, now, due_at=None)
    except (KeyDestroyed, Tampered):
        logger.exception("mastery.unreadable")


def _histories(rows: Sequence[MasteryEstimate]) -> dict[tuple[int, int | None], list[SkillAnswer]]:
    """Each row's answers on its Skill; one after help or an earlier try counts as assisted."""
    responses = Response.objects.filter(
        learner__in=[row.learner_id for row in rows],
        question__skills__in=[row.skill_id for row in rows],
    ).order_by("answered_at", "id")
    found: dict[tuple[int, int | None], list[SkillAnswer]] = defaultdict(list)
    tried: set[tuple[int, int, int]] = set()
    told = ("learner_id", "question__skills", "question_id", "correct", "hints_used")
    for learner, skill, question, correct, hints in responses.values_list(*told):
        again = (learner, skill, question) in tried
        tried.add((learner, skill, question))
        found[learner, skill].append(SkillAnswer(correct, assisted=hints > 0 or again))
    return found


def _write(rows: Iterable[MasteryEstimate]) -> None:
    MasteryEstimate.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["id"], update_fields=WRITTEN
    )


def _is_first(response: Response) -> bool:
    """Asked while the rows are locked, so that of two answers at once only one is the first."""
    others = Response.objects.filter(learner=response.learner, question=response.question)
    return not others.exclude(pk=response.pk).exists()


def _locked(
    learner: User, skills: Sequence[int | None], permit: Permit
) -> dict[int | None, MasteryEstimate]:
    """The rows, locked; a skill that is met for the first time gets one."""
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


def _opened(row: MasteryEstimate, permit: Permit) -> Stored:
    if not row.sealed:
        return {}
    opened: Stored = unseal_value(bytes(row.sealed), place=_place(row.id, permit.subject))
    return opened


def _put_in(
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


def _put(stored: dict[int | None, Stored], skill: int | None, rating: Rating) -> None:
    stored[skill] = {**stored[skill], "rating": rating.value, "answers": float(rating.answers)}


def _place(row_id: int, subject: UUID) -> Place:
    return Place("estimates_masteryestimate", "sealed", str(row_id), subject)
