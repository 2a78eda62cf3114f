"""The questions of a course as its Teachers may see them: each with figures, or held back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.utils.translation import gettext as _

from courses.models import Course, Question
from emotion.evaluation.statistics.item_analysis import (
    Discrimination,
    ShareInterval,
    estimate_discrimination,
    estimate_share,
)
from teaching.groups.group_filter import Audience
from teaching.percent_range import Percent, percent
from teaching.questions.first_attempts import Tries, table, tries

# Worth a look: in all of its range fewer than this are right at once, or it parts hardly at all.
HARD, FLAT = 0.5, 0.1


@dataclass(frozen=True, slots=True)
class Figures:
    """Of people from the floor on; `parting` None = too few people for a correlation."""

    right: ShareInterval
    parting: Discrimination | None
    usual_s: float
    helped: ShareInterval

    @property
    def right_percent(self) -> Percent:
        return percent(self.right.value, self.right.low, self.right.high)

    @property
    def helped_percent(self) -> Percent:
        return percent(self.helped.value, self.helped.low, self.helped.high)

    @property
    def is_hard(self) -> bool:
        return self.right.high < HARD

    @property
    def is_flat(self) -> bool:
        return self.parting is not None and self.parting.high < FLAT


@dataclass(frozen=True, slots=True)
class Line:
    """One question; no figures = too few people."""

    code: UUID
    prompt: str
    unit: str
    place: str
    figures: Figures | None


def report(course: Course, audience: Audience) -> list[Line]:
    """Every place of the course in order, variants where enough people tried them."""
    found = tries(course, audience.learners)
    scores, columns = table(found, audience.learners)
    lines = []
    for question in _asked(course):
        own = found.get(question.pk, Tries())
        parting = estimate_discrimination(scores, columns[question.pk]) if own.n else None
        figures = figures_of(own, parting) if audience.enough(own.n) else None
        if figures or question.sibling_id is None:
            lines.append(_line(question, figures))
    return lines


def figures_of(own: Tries, parting: Discrimination | None) -> Figures:
    right, helped = (
        estimate_share(sum(own.right.values()), own.n),
        estimate_share(len(own.helped), own.n),
    )
    if right is None or helped is None:
        raise ValueError("expected a question that somebody tried, got none")
    return Figures(right, parting, own.usual_s, helped)


def _asked(course: Course) -> Sequence[Question]:
    rows = Question.objects.filter(course=course, unit__position__isnull=False)
    return list(
        rows.select_related("unit", "sibling").order_by(
            "unit__position", "position", "time_s", "id"
        )
    )


def _line(question: Question, figures: Figures | None) -> Line:
    return Line(
        code=question.code,
        prompt=question.linear or question.prompt,
        unit=question.unit.title if question.unit else "",
        place=place_of(question),
        figures=figures,
    )


def place_of(question: Question) -> str:
    """ "question 3", "in the video", or the easier or harder variant of a place."""
    if question.sibling is not None:
        easier = question.relation == "easier"
        said = _("easier variant of {place}") if easier else _("harder variant of {place}")
        return said.format(place=place_of(question.sibling))
    if not question.position:
        return _("in the video")
    return _("question {number}").format(number=question.position)
