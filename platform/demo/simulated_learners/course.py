"""A course for simulated learners: its units in order, and possible replies to its questions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from courses.answers.replies import Given
from courses.models import Course, Question, Unit
from courses.questions.question_parameters import draw_question
from courses.questions.question_spec import item_of

DRAWS = 1000


@dataclass(frozen=True, slots=True)
class AnswerableQuestion:
    """A question with a right reply and some wrong ones; `spec` if its numbers are drawn."""

    code: UUID
    pk: int
    kind: str
    difficulty: int
    skills: tuple[int, ...]
    time_s: float | None
    hints: int
    right: Given
    wrong: tuple[Given, ...]
    unit: str
    spec: Mapping[str, Any] | None

    def reply(self, *, right: bool, number: int | None, lot: int) -> Given:
        """Return what is typed or chosen; `number` names the draw, `lot` picks a wrong reply."""
        if number is None or self.spec is None:
            return self.right if right else self.wrong[lot % len(self.wrong)]
        answer = draw_question(self.spec, number).answer
        return f"{answer if right else answer + 1 + lot % 3}{self.unit}"


@dataclass(frozen=True, slots=True)
class SimulatedLesson:
    """One unit."""

    code: UUID
    pk: int
    kind: str
    seconds: float
    asks: Mapping[UUID, AnswerableQuestion]

    @property
    def inside(self) -> list[AnswerableQuestion]:
        """Return the questions inside a video, by the second at which they appear."""
        timed = [ask for ask in self.asks.values() if ask.time_s is not None]
        return sorted(timed, key=lambda ask: ask.time_s or 0.0)


def list_lessons(course: Course) -> list[SimulatedLesson]:
    """Return the units in use, except tests, in order."""
    units = course.units.filter(position__isnull=False, scenario="course").select_related("video")
    return [make_lesson(unit) for unit in units.order_by("position")]


def make_lesson(unit: Unit) -> SimulatedLesson:
    """Return one unit with the questions that have known replies."""
    asked = unit.questions.prefetch_related("skills", "hints")
    asks = [ask for ask in map(_make_question, asked) if ask is not None]
    seconds = unit.video.duration_s if unit.kind == "video" else 120.0
    return SimulatedLesson(unit.code, unit.pk, unit.kind, seconds, {ask.code: ask for ask in asks})


def _make_question(question: Question) -> AnswerableQuestion | None:
    """Return the question with replies; None if no right or no wrong reply is known."""
    item = item_of(question)
    tried = [(given, item.is_correct(given)) for given in item.sample_replies()]
    right = [given for given, verdict in tried if verdict is True]
    wrong = [given for given, verdict in tried if verdict is False]
    if not right or not wrong:
        return None
    return AnswerableQuestion(
        code=question.code,
        pk=question.pk,
        kind=question.kind,
        difficulty=question.difficulty,
        skills=tuple(skill.pk for skill in question.skills.all()),
        time_s=question.time_s,
        hints=len(question.hints.all()),
        right=right[0],
        wrong=tuple(wrong),
        unit=item.unit_suffix,
        spec=question.parameterised,
    )
