"""Learning from the site's own answers, once a night: how likely the next answer is right.

What it learns is a Predictor like any other, with figures on people it had not met; it is taken
into use only where it is no worse than Elo. Under too few people or answers nothing changes.
Nothing stays locked in the database while it learns; killed, the next hour finds it due again.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final
from uuid import UUID

import numpy as np
from django.conf import settings
from django.db import connection, transaction
from django.db.models import Count, Max

from accounts.models import User
from consent.permits import gate, restrictions
from courses.models import QuestionSkill, Response
from emotion import artefacts
from estimates.models import Predictor
from estimates.registry import predictors

if TYPE_CHECKING:
    from emotion.knowledge.logs.response_log import ResponseLog

logger = logging.getLogger(__name__)
KIND: Final = "knowledge"
LEARNERS: Final = 20
ANSWERS: Final = 10
NIGHT: Final = timedelta(hours=20)
SEED: Final = 0
CLAIM: Final = "estimates refit"


@dataclass(frozen=True, slots=True)
class Log:
    """The answers to learn from, and what their codes stand for."""

    responses: ResponseLog
    questions: list[UUID]
    skills: list[UUID]


def refit_due(*, now: datetime) -> Predictor | None:
    """Learn anew where a night has passed and something was answered since; None = nothing new.

    A second worker leaves it to the first: the broker hands a long task out again.
    """
    with _claimed() as mine:
        if not mine or not _is_due(now):
            return None
        learners, origin = _learners(now)
        if len(learners) < LEARNERS:
            logger.info("refit.not_enough_yet")
            return None
        card, weights = _learned(read(learners), origin, now)
        return _keep(card, weights, now)


@contextmanager
def _claimed() -> Iterator[bool]:
    """Whether this worker may learn now. The claim is the connection's: it ends with the process,
    and where it was lost on the way nothing can be kept over it either."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtext(%s))", [CLAIM])
        mine = bool(cursor.fetchone()[0])
    try:
        yield mine
    finally:
        if mine:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(hashtext(%s))", [CLAIM])


def _is_due(now: datetime) -> bool:
    last = Predictor.objects.filter(kind=KIND).aggregate(at=Max("registered_at"))["at"]
    if last is None:
        return True
    return now - last >= NIGHT and Response.objects.filter(answered_at__gt=last).exists()


def _learned(log: Log, origin: str, now: datetime) -> tuple[artefacts.Card, artefacts.Weights]:
    from emotion.knowledge import train

    card, weights = train.train(log.responses, origin=origin, day=now.date().isoformat(), seed=SEED)
    names = {"questions": _packed(log.questions), "skills": _packed(log.skills)}
    return card, weights | names


@transaction.atomic
def _keep(card: artefacts.Card, weights: artefacts.Weights, now: datetime) -> Predictor:
    folder = artefacts.save(Path(settings.ARTEFACTS_DIR), card=card, weights=weights)
    row = predictors.register(folder, now=now)
    if artefacts.UNPROMOTED not in card:
        row = predictors.promote(folder.name, now=now)
    _tidy()
    return row


def _learners(now: datetime) -> tuple[list[User], str]:
    """Who answered enough and may be learned from; simulated ones only where people are too few."""
    able = [user for user in _answered_enough() if not restrictions.objects(user)]
    answers = gate.permits_of([user.code for user in able], ["course"], now=now)
    able = [user for user in able if "course" in answers[user.code].granted]
    people = [user for user in able if not user.simulated]
    if len(people) >= LEARNERS:
        return people, "people"
    return able, "simulated"


def _answered_enough() -> list[User]:
    counted = Count("responses__question", distinct=True)
    rows = User.objects.filter(is_active=True).annotate(answers=counted)
    return list(rows.filter(answers__gte=ANSWERS).order_by("pk"))


def read(learners: Collection[User]) -> Log:
    """Each learner's first answer to each question that asks a skill, oldest first."""
    from scipy.sparse import csr_array

    from emotion.knowledge.logs.response_log import ResponseLog

    first = list(
        Response.objects.filter(learner__in=learners, question__skills__isnull=False)
        .filter(question__course__preview_of=None)
        .order_by("learner_id", "question_id", "answered_at", "id")
        .distinct("learner_id", "question_id")
        .values_list("learner_id", "question__code", "correct", "answered_at")
    )
    first.sort(key=lambda row: (row[0], row[3]))
    needs = skills_of({row[1] for row in first})
    questions = sorted({row[1] for row in first})
    skills = sorted({skill for group in needs.values() for skill in group})
    item = {code: place for place, code in enumerate(questions)}
    column = {code: place for place, code in enumerate(skills)}
    flat = [column[skill] for row in first for skill in needs[row[1]]]
    ends = np.cumsum([0] + [len(needs[row[1]]) for row in first])
    matrix = csr_array((np.ones(len(flat)), flat, ends), shape=(len(first), len(skills)))
    users, items, correct = (
        np.array(values, np.int64)
        for values in zip(*((row[0], item[row[1]], row[2]) for row in first), strict=True)
    )
    return Log(ResponseLog(users, items, correct, matrix, len(questions)), questions, skills)


def skills_of(questions: Collection[UUID]) -> dict[UUID, list[UUID]]:
    """The codes of each question's skills, in one order."""
    rows = QuestionSkill.objects.filter(question__code__in=questions)
    found: dict[UUID, list[UUID]] = {}
    for question, skill in rows.order_by("skill").values_list("question__code", "skill__code"):
        found.setdefault(question, []).append(skill)
    return found


def _packed(codes: Collection[UUID]) -> np.ndarray:
    return np.frombuffer(b"".join(code.bytes for code in codes), np.uint8).reshape(-1, 16)


def _tidy() -> None:
    """Let go of what older nights learned, but for the newest, what is in use, and what was."""
    rows = Predictor.objects.filter(kind=KIND)
    used = rows.filter(promoted_at__isnull=False).order_by("-active", "-promoted_at")[:2]
    newest = rows.order_by("-registered_at")[:1]
    for row in rows.exclude(pk__in=[each.pk for each in (*used, *newest)]):
        shutil.rmtree(predictors.folder_of(str(row)), ignore_errors=True)
