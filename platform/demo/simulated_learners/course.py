"""A course for simulated learners: its units in order, and possible replies to its questions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from courses.answers.correct_answers import right_reply
from courses.answers.grading import Given, UngradableReply, grade
from courses.models import Course, Question, Unit
from courses.questions.question_parameters import draw_question
from courses.questions.question_spec import QuestionItem, item_of, to_fraction

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


def make_form_fields(ask: AnswerableQuestion, given: Given) -> dict[str, object]:
    """Return a reply as the page's form sends it: whole, or a field for each of its parts."""
    if ask.kind == "order":
        return {f"given-{row}": place for place, row in enumerate(given, 1)}
    if ask.kind in ("match", "cloze"):
        parted = (part.partition("=") for part in given)
        return {f"given-{part}": text for part, _, text in parted}
    return {"given": given}


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
    tried = [(given, _is_right(item, given)) for given in _iterate_replies(item)]
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
        unit=_find_unit(item),
        spec=question.parameterised,
    )


def _iterate_replies(item: QuestionItem) -> Iterator[Given]:
    yield right_reply(item)
    if item.kind == "single":
        yield from (choice.id for choice in item.choices)
    elif item.kind == "multiple":
        yield from ([choice.id] for choice in item.choices)
    elif item.kind == "numeric":
        unit = _find_unit(item)
        yield from (f"{wrong.value}{unit}" for wrong in item.wrong_answers)
        yield from (f"{to_fraction(item.answer) + off}{unit}" for off in (1, 2))
    elif item.kind == "order":
        yield [row.id for row in reversed(item.choices)]
    elif item.kind == "match":
        yield from ([f"{row.id}={part.id}" for row in item.choices] for part in item.parts)
    elif item.kind == "cloze":
        yield [f"{gap.id}={_find_wrong(gap.item)}" for gap in item.gaps]
    else:
        yield from ("1", "x")


def _find_unit(item: QuestionItem) -> str:
    """Return the unit to type after a number."""
    return f" {item.units[0].name}" if item.units else ""


def _find_wrong(item: QuestionItem) -> Given:
    """Return a wrong reply to a gap, or the right one if none is known."""
    replies = list(_iterate_replies(item))
    return next((given for given in replies if _is_right(item, given) is False), replies[0])


def _is_right(item: QuestionItem, given: Given) -> bool | None:
    try:
        return grade(item, given).correct
    except UngradableReply:
        return None
