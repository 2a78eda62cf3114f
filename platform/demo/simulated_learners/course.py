"""A course as simulated learners meet it: its units in order, and replies they may give."""

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
class Ask:
    """One question with a right reply and some wrong ones; `spec` where it has other numbers."""

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
        """What is typed or chosen; `number` names the draw, `lot` picks among wrong replies."""
        if number is None or self.spec is None:
            return self.right if right else self.wrong[lot % len(self.wrong)]
        answer = draw_question(self.spec, number).answer
        return f"{answer if right else answer + 1 + lot % 3}{self.unit}"


def fields(ask: Ask, given: Given) -> dict[str, object]:
    """A reply as the form of the page sends it: whole, or a field for each of its parts."""
    if ask.kind == "order":
        return {f"given-{row}": place for place, row in enumerate(given, 1)}
    if ask.kind in ("match", "cloze"):
        parted = (part.partition("=") for part in given)
        return {f"given-{part}": text for part, _, text in parted}
    return {"given": given}


@dataclass(frozen=True, slots=True)
class Lesson:
    """One unit."""

    code: UUID
    pk: int
    kind: str
    seconds: float
    asks: Mapping[UUID, Ask]

    @property
    def inside(self) -> list[Ask]:
        """The questions inside a video, by the second at which they come."""
        timed = [ask for ask in self.asks.values() if ask.time_s is not None]
        return sorted(timed, key=lambda ask: ask.time_s or 0.0)


def lessons(course: Course) -> list[Lesson]:
    """The units in use that are no tests, in their order."""
    units = course.units.filter(position__isnull=False, scenario="course").select_related("video")
    return [lesson_of(unit) for unit in units.order_by("position")]


def lesson_of(unit: Unit) -> Lesson:
    """One unit with the questions that can be replied to."""
    asked = unit.questions.prefetch_related("skills", "hints")
    asks = [ask for ask in map(_ask, asked) if ask is not None]
    seconds = unit.video.duration_s if unit.kind == "video" else 120.0
    return Lesson(unit.code, unit.pk, unit.kind, seconds, {ask.code: ask for ask in asks})


def _ask(question: Question) -> Ask | None:
    """None where no right or no wrong reply is known."""
    item = item_of(question)
    tried = [(given, _is_right(item, given)) for given in _replies(item)]
    right = [given for given, verdict in tried if verdict is True]
    wrong = [given for given, verdict in tried if verdict is False]
    if not right or not wrong:
        return None
    return Ask(
        code=question.code,
        pk=question.pk,
        kind=question.kind,
        difficulty=question.difficulty,
        skills=tuple(skill.pk for skill in question.skills.all()),
        time_s=question.time_s,
        hints=len(question.hints.all()),
        right=right[0],
        wrong=tuple(wrong),
        unit=_unit(item),
        spec=question.parameterised,
    )


def _replies(item: QuestionItem) -> Iterator[Given]:
    yield right_reply(item)
    if item.kind == "single":
        yield from (choice.id for choice in item.choices)
    elif item.kind == "multiple":
        yield from ([choice.id] for choice in item.choices)
    elif item.kind == "numeric":
        unit = _unit(item)
        yield from (f"{wrong.value}{unit}" for wrong in item.wrong_answers)
        yield from (f"{to_fraction(item.answer) + off}{unit}" for off in (1, 2))
    elif item.kind == "order":
        yield [row.id for row in reversed(item.choices)]
    elif item.kind == "match":
        yield from ([f"{row.id}={part.id}" for row in item.choices] for part in item.parts)
    elif item.kind == "cloze":
        yield [f"{gap.id}={_wrong(gap.item)}" for gap in item.gaps]
    else:
        yield from ("1", "x")


def _unit(item: QuestionItem) -> str:
    """What is typed after a number."""
    return f" {item.units[0].name}" if item.units else ""


def _wrong(item: QuestionItem) -> Given:
    """A wrong reply to a gap, or the right one where none is known."""
    replies = list(_replies(item))
    return next((given for given in replies if _is_right(item, given) is False), replies[0])


def _is_right(item: QuestionItem, given: Given) -> bool | None:
    try:
        return grade(item, given).correct
    except UngradableReply:
        return None
