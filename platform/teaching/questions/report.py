"""Statistics of the questions of a course, or the fact that they are held back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import numpy as np
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from courses.attempt_questions import OPEN_KINDS
from courses.models import Course, Question
from courses.questions.question_spec import item_of
from emotion.evaluation.statistics.group_comparison import MeanInterval, average
from emotion.evaluation.statistics.item_analysis import (
    Discrimination,
    ShareInterval,
    estimate_discrimination,
    estimate_share,
)
from teaching.groups.group_filter import Audience
from teaching.percent_range import PercentRange, make_percent_range
from teaching.questions.first_attempts import FirstTries, load_first_tries, score_matrix

# Highlight a question if the whole interval of its share correct lies below HARD, or that of its
# discrimination below FLAT.
HARD, FLAT = 0.5, 0.1


@dataclass(frozen=True, slots=True)
class QuestionFigures:
    """Figures of a group above the floor; `parting` None = too few people for a correlation.

    `points` is the mean share of the points, None for a question without partial credit.
    """

    right: ShareInterval
    points: MeanInterval | None
    parting: Discrimination | None
    median_s: float
    helped: ShareInterval

    @property
    def right_percent(self) -> PercentRange:
        return make_percent_range(self.right.value, self.right.low, self.right.high)

    @property
    def points_percent(self) -> PercentRange | None:
        if self.points is None:
            return None
        low, high = max(0.0, self.points.low), min(1.0, self.points.high)
        return make_percent_range(self.points.value, low, high)

    @property
    def has_points_range(self) -> bool:
        """Return whether people earned different shares; equal ones say nothing of a range."""
        return self.points is not None and self.points.low < self.points.high

    @property
    def helped_percent(self) -> PercentRange:
        return make_percent_range(self.helped.value, self.helped.low, self.helped.high)

    @property
    def is_hard(self) -> bool:
        return self.right.high < HARD

    @property
    def is_flat(self) -> bool:
        return self.parting is not None and self.parting.high < FLAT


@dataclass(frozen=True, slots=True)
class QuestionRow:
    """One question; no figures = too few people."""

    code: UUID
    prompt: str
    unit: str
    place: str
    figures: QuestionFigures | None


def question_rows(course: Course, audience: Audience) -> list[QuestionRow]:
    """Return the questions in course order; variants only if enough people tried them."""
    found = load_first_tries(course, audience.learners)
    scores, columns = score_matrix(found, audience.learners)
    lines = []
    for question in _load_questions(course):
        own = found.get(question.pk, FirstTries())
        parting = estimate_discrimination(scores, columns[question.pk]) if own.n else None
        figures = _figures_of(question, own, parting) if audience.is_enough(own.n) else None
        if figures or question.sibling_id is None:
            lines.append(_question_row(question, figures))
    return lines


def _figures_of(
    question: Question, own: FirstTries, parting: Discrimination | None
) -> QuestionFigures:
    # The question may have given partial credit when it was answered.
    is_partly = own.has_shares or item_of(question).has_partial_credit
    return make_figures(own, parting, estimate_points(own) if is_partly else None)


def estimate_points(own: FirstTries) -> MeanInterval | None:
    """Return the mean share of the points with its interval; None for under five people."""
    return average(np.array(list(own.shares.values()), dtype=np.float64))


def make_figures(
    own: FirstTries, parting: Discrimination | None, points: MeanInterval | None
) -> QuestionFigures:
    right, helped = (
        estimate_share(sum(own.right.values()), own.n),
        estimate_share(len(own.helped), own.n),
    )
    if right is None or helped is None:
        raise ValueError("expected a question with an attempt, got none")
    return QuestionFigures(right, points, parting, own.median_s, helped)


def find_questions_in_use(course: Course) -> QuerySet[Question]:
    """Return the questions of the units and of the bank, without retired ones."""
    return course.questions.filter(Q(unit__position__isnull=False) | Q(in_bank=True))


def _load_questions(course: Course) -> Sequence[Question]:
    # An answer that people mark is neither right nor wrong.
    return list(
        find_questions_in_use(course)
        .exclude(kind__in=OPEN_KINDS)
        .select_related("unit", "sibling")
        .order_by("unit__position", "position", "time_s", "id")
    )


def _question_row(question: Question, figures: QuestionFigures | None) -> QuestionRow:
    return QuestionRow(
        code=question.code,
        prompt=question.linear or question.prompt,
        unit=question.unit.title if question.unit else _("Question bank"),
        place=place_of(question),
        figures=figures,
    )


def place_of(question: Question) -> str:
    """Return "question 3", "in the video", the tags in the bank, or the variant of a place."""
    if question.sibling is not None:
        easier = question.relation == "easier"
        text = _("easier variant of {place}") if easier else _("harder variant of {place}")
        return text.format(place=place_of(question.sibling))
    if question.in_bank:
        return ", ".join(question.tags) or _("without tags")
    if not question.position:
        return _("in the video")
    return _("question {number}").format(number=question.position)
