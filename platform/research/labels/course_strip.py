"""What a Learner did in the course during a moment, on the time axis of the lines.

It holds deeds and the questions on screen. It holds nothing that the Learner wrote, and no offer,
since an offer can come from an estimate and raters judge blind (ADR 0074).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.utils.translation import gettext_lazy as lazy

from courses.models import Response
from courses.questions.question_spec import item_of
from courses.questions.question_versions import load_as_answered
from emotion.features.course import CourseDeed
from estimates.inference.context_inputs import ContextRequest, load_deeds
from research.labels.time_axis import TimeAxis
from telemetry.models import Sitting

DEED_NAMES: Final = {
    "pause": lazy("Video paused"),
    "rewind": lazy("Video rewound"),
    "rate": lazy("Video speed changed"),
    "hint": lazy("Hint opened"),
    "right": lazy("Answered correctly"),
    "wrong": lazy("Answered incorrectly"),
}


@dataclass(frozen=True, slots=True)
class DeedRow:
    """All deeds of one kind: their places on the axis, and their seconds after its begin."""

    name: str
    places: tuple[float, ...]
    seconds: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class QuestionSpan:
    """A question, and from where to where on the axis it was on screen before its answer."""

    text: str
    begin: float
    width: float


@dataclass(frozen=True, slots=True)
class CourseStrip:
    deeds: tuple[DeedRow, ...]
    questions: tuple[QuestionSpan, ...]


def load_strip(request: ContextRequest, axis: TimeAxis) -> CourseStrip:
    """Return the strip of one span; an empty one without a Permit for `course`."""
    answers = _load_answers(request.sitting, axis) if request.allowed else ()
    questions = tuple(_make_question_span(request.sitting, row, axis) for row in answers)
    return CourseStrip(tuple(_group_deeds(load_deeds(request), axis)), questions)


def _group_deeds(deeds: Sequence[CourseDeed], axis: TimeAxis) -> Iterable[DeedRow]:
    for kind, name in DEED_NAMES.items():
        times = [each.t for each in deeds if each.deed == kind]
        if times:
            yield DeedRow(
                str(name),
                tuple(axis.place(t) for t in times),
                tuple(round(t - axis.t0, 1) for t in times),
            )


def _load_answers(sitting: Sitting, axis: TimeAxis) -> list[Response]:
    """Return the answers whose question was on screen during the span, oldest first."""
    began = sitting.began_at + timedelta(seconds=axis.t0)
    rows = Response.objects.filter(
        sitting=sitting.id, learner=sitting.learner, answered_at__gt=began
    ).defer("given_sealed")
    found = rows.select_related("question", "content").order_by("answered_at", "id")
    return [row for row in found if _find_span(sitting, row)[0] < axis.t1]


def _make_question_span(sitting: Sitting, answer: Response, axis: TimeAxis) -> QuestionSpan:
    begin, end = (axis.place(t) for t in _find_span(sitting, answer))
    question = load_as_answered(answer, answer.question)
    return QuestionSpan(item_of(question, answer.draw).linear, begin, end - begin)


def _find_span(sitting: Sitting, answer: Response) -> tuple[float, float]:
    """Return from when to when, in s of the Sitting, the Learner had the question to answer."""
    end = (answer.answered_at - sitting.began_at).total_seconds()
    return end - answer.elapsed_ms / 1000, end
