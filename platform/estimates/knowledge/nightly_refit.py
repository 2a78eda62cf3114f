"""Nightly training on the site's own answers: the chance that the next answer is right.

The result is a Predictor like any other, with figures on held-out people. It is promoted only where
it is no worse than Elo. With too few people or answers nothing changes. Nothing stays locked in the
database during training; after a kill, it is due again in the next hour.
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
MIN_LEARNERS: Final = 20
MIN_ANSWERS: Final = 10
NIGHT: Final = timedelta(hours=20)
SEED: Final = 0
CLAIM: Final = "estimates refit"


@dataclass(frozen=True, slots=True)
class AnswerLog:
    """The answers to train on, and the UUIDs of their codes."""

    responses: ResponseLog
    questions: list[UUID]
    skills: list[UUID]


def refit_due(*, now: datetime) -> Predictor | None:
    """Train again if a night has passed and there are new answers; None = nothing new.

    A second worker returns at once, because the broker delivers a long task again.
    """
    with _claim() as mine:
        if not mine or not _is_due(now):
            return None
        learners, origin = _select_learners(now)
        if len(learners) < MIN_LEARNERS:
            logger.info("refit.not_enough_yet")
            return None
        card, weights = _train(read_log(learners), origin, now)
        return _store(card, weights, now)


@contextmanager
def _claim() -> Iterator[bool]:
    """Yield whether this worker may train now.

    The claim belongs to the connection: it ends with the process. If it was lost meanwhile, nothing
    can be stored over that connection either.
    """
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


def _train(log: AnswerLog, origin: str, now: datetime) -> tuple[artefacts.Card, artefacts.Weights]:
    from emotion.models.knowledge import train

    card, weights = train.train(log.responses, origin=origin, day=now.date().isoformat(), seed=SEED)
    names = {"questions": _pack_codes(log.questions), "skills": _pack_codes(log.skills)}
    return card, weights | names


@transaction.atomic
def _store(card: artefacts.Card, weights: artefacts.Weights, now: datetime) -> Predictor:
    folder = artefacts.save(Path(settings.ARTEFACTS_DIR), card=card, weights=weights)
    row = predictors.register(folder, now=now)
    if artefacts.UNPROMOTED not in card:
        row = predictors.promote(folder.name, now=now)
    _delete_old()
    return row


def _select_learners(now: datetime) -> tuple[list[User], str]:
    """Return the Learners who have enough answers and whose answers may be used.

    Simulated ones are included only where there are too few real ones.
    """
    able = [user for user in _find_learners() if not restrictions.has_objected(user)]
    answers = gate.permits_of_people([user.code for user in able], ["course"], now=now)
    able = [user for user in able if "course" in answers[user.code].granted]
    people = [user for user in able if not user.simulated]
    if len(people) >= MIN_LEARNERS:
        return people, "people"
    return able, "simulated"


def _find_learners() -> list[User]:
    counted = Count("responses__question", distinct=True)
    rows = User.objects.filter(is_active=True).annotate(answers=counted)
    return list(rows.filter(answers__gte=MIN_ANSWERS).order_by("pk"))


def read_log(learners: Collection[User]) -> AnswerLog:
    """Return each learner's first answer to each question that has a skill, oldest first."""
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
    return AnswerLog(ResponseLog(users, items, correct, matrix, len(questions)), questions, skills)


def skills_of(questions: Collection[UUID]) -> dict[UUID, list[UUID]]:
    """Return the codes of each question's skills, in one order."""
    rows = QuestionSkill.objects.filter(question__code__in=questions)
    found: dict[UUID, list[UUID]] = {}
    for question, skill in rows.order_by("skill").values_list("question__code", "skill__code"):
        found.setdefault(question, []).append(skill)
    return found


def _pack_codes(codes: Collection[UUID]) -> np.ndarray:
    return np.frombuffer(b"".join(code.bytes for code in codes), np.uint8).reshape(-1, 16)


def _delete_old() -> None:
    """Delete the artefacts of older nights, except the newest, the active and the former one."""
    rows = Predictor.objects.filter(kind=KIND)
    used = rows.filter(promoted_at__isnull=False).order_by("-active", "-promoted_at")[:2]
    newest = rows.order_by("-registered_at")[:1]
    for row in rows.exclude(pk__in=[each.pk for each in (*used, *newest)]):
        shutil.rmtree(predictors.folder_of(str(row)), ignore_errors=True)
