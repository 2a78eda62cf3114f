"""Which answers of a week count with Estimates, and the Windows that ended before each."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from accounts.models import User
from courses.models import Course, Question, Response
from estimates.group_figures import unsealing
from estimates.group_figures.eligible_estimates import EligibleEstimate
from estimates.group_figures.unsealing import Shares
from estimates.group_figures.week_figures import AnswerState, LearnerAnswers
from telemetry.models import Sitting
from telemetry.windows import HOP_S

# An answer counts with the Windows that ended before it and whose middle is not further back.
BEFORE: Final = timedelta(seconds=30)
Moment = tuple[UUID, int]


@dataclass(frozen=True, slots=True)
class Answer:
    """A Learner's first answer of the week to one question, and the (Sitting, cut) before it."""

    skills: tuple[int, ...]
    correct: bool
    moments: tuple[Moment, ...]


def load_answers(course: Course, begin: datetime, end: datetime) -> list[Answer]:
    """Load the first answer of each Learner to each question in [begin, end).

    Only answers given on a lesson page count. Windows before the Learner's previous answer in the
    same Sitting do not: they are about another question.
    """
    rows = list(
        Response.objects.filter(
            question__course=course,
            question__unit__isnull=False,
            sitting__isnull=False,
            answered_at__gte=begin,
            answered_at__lt=end,
        )
        .order_by("answered_at", "id")
        .values_list("learner_id", "question_id", "sitting", "correct", "answered_at")
    )
    began = dict(
        Sitting.objects.filter(pk__in={row[2] for row in rows}).values_list("id", "began_at")
    )
    skills = _load_skills({row[1] for row in rows})
    seen: set[tuple[int, int]] = set()
    last: dict[UUID | None, datetime] = {}
    found = []
    for learner, question, sitting, correct, at in rows:
        if sitting in began and (learner, question) not in seen:
            start = max(at - BEFORE, last.get(sitting, begin))
            cuts = _cuts_between(began[sitting], start, at)
            moments = tuple((sitting, cut) for cut in cuts)
            found.append(Answer(tuple(skills.get(question, ())), correct, moments))
        seen.add((learner, question))
        last[sitting] = at
    return found


def _cuts_between(began: datetime, start: datetime, end: datetime) -> range:
    """Return the cuts of Windows with their middle from `start` on that ended by `end`."""
    first, last = ((at - began).total_seconds() / HOP_S for at in (start, end))
    return range(max(0, math.ceil(first)), math.floor(last))


def _load_skills(questions: Collection[int]) -> Mapping[int, list[int]]:
    found: dict[int, list[int]] = defaultdict(list)
    rows = Question.objects.filter(pk__in=questions, skills__isnull=False)
    for question, skill in rows.values_list("id", "skills__id"):
        found[question].append(skill)
    return found


def moments_of(answers: Iterable[Answer]) -> set[Moment]:
    return {moment for answer in answers for moment in answer.moments}


def answers_by_skill(
    answers: Iterable[Answer], estimates: Sequence[EligibleEstimate]
) -> dict[int, list[LearnerAnswers]]:
    """Unseal these Estimates, and return the Learners of each skill with their answers.

    A real Learner counts only in the skill with most of their answers, so that one week describes
    each of them in one table (ADR 0041). Answers without an Estimate count nowhere.
    """
    known = {
        (each.sitting.pk, each.cut): (each, shares)
        for each, shares in unsealing.unseal_estimates(estimates, "affect")
    }
    by_learner: dict[User, dict[int, list[SensedAnswer]]] = defaultdict(lambda: defaultdict(list))
    for answer in answers:
        found = [known[moment] for moment in answer.moments if moment in known]
        for skill in answer.skills if found else ():
            by_learner[found[0][0].learner][skill].append(SensedAnswer(answer.correct, found))
    by_skill: dict[int, list[LearnerAnswers]] = defaultdict(list)
    for learner, skills in by_learner.items():
        for skill in skills if learner.simulated else [max(skills, key=lambda s: len(skills[s]))]:
            by_skill[skill].append(_learner_answers(learner, skills[skill]))
    return by_skill


@dataclass(frozen=True, slots=True)
class SensedAnswer:
    """One answer and the Estimates before it, each with its shares by state."""

    correct: bool
    estimates: list[tuple[EligibleEstimate, Shares]]

    @property
    def mean_shares(self) -> dict[str, float]:
        """Return the mean share of each state over the Estimates that are sure; else nothing."""
        sure = [shares for _, shares in self.estimates if shares]
        labels = {label for shares in sure for label in shares}
        return {label: sum(s.get(label, 0.0) for s in sure) / len(sure) for label in labels}


def _learner_answers(learner: User, answers: Iterable[SensedAnswer]) -> LearnerAnswers:
    used = [each for answer in answers for each, _ in answer.estimates]
    return LearnerAnswers(
        learner=learner.pk,
        simulated=learner.simulated,
        biometric=any(unsealing.is_biometric(each) for each in used),
        answers=tuple(AnswerState(answer.correct, answer.mean_shares) for answer in answers),
        scopes={scope: epoch for each in used for scope, epoch in each.group_epochs.items()},
    )
