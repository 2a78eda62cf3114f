"""A course as simulated learners meet it: its units in order, and replies they may give."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from courses.grading import Given, Unreadable, grade
from courses.items import Item, exact, item_of
from courses.models import Course, Question, Unit
from courses.variants import draw

DRAWS = 1000


@dataclass(frozen=True, slots=True)
class Ask:
    """One question with a right reply and some wrong ones; `spec` where it has other numbers."""

    code: UUID
    pk: int
    difficulty: int
    skills: tuple[int, ...]
    time_s: float | None
    hints: int
    right: Given
    wrong: tuple[Given, ...]
    spec: Mapping[str, Any] | None

    def reply(self, *, right: bool, number: int | None, lot: int) -> Given:
        """What is typed or chosen; `number` names the draw, `lot` picks among wrong replies."""
        if number is None or self.spec is None:
            return self.right if right else self.wrong[lot % len(self.wrong)]
        answer = draw(self.spec, number).answer
        return str(answer if right else answer + 1 + lot % 3)


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
    """The units in use, in their order, each with the questions that can be replied to."""
    units = course.units.filter(position__isnull=False).select_related("video")
    return [_lesson(unit) for unit in units.order_by("position")]


def _lesson(unit: Unit) -> Lesson:
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
        difficulty=question.difficulty,
        skills=tuple(skill.pk for skill in question.skills.all()),
        time_s=question.time_s,
        hints=len(question.hints.all()),
        right=right[0],
        wrong=tuple(wrong),
        spec=question.parameterised,
    )


def _replies(item: Item) -> Iterator[Given]:
    if item.kind == "single":
        yield from (choice.id for choice in item.choices)
    elif item.kind == "multiple":
        yield [choice.id for choice in item.choices if choice.correct]
        yield from ([choice.id] for choice in item.choices)
    elif item.kind == "numeric":
        yield item.answer
        yield from (str(wrong.value) for wrong in item.wrong_answers)
        yield from (str(exact(item.answer) + off) for off in (1, 2))
    else:
        yield from (item.answer, "1", "x")


def _is_right(item: Item, given: Given) -> bool | None:
    try:
        return grade(item, given).correct
    except Unreadable:
        return None
