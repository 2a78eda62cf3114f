"""Words for why a message was sent: what a Learner did or asked, and never an Estimate."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from courses.models import Course, Question, Unit
from courses.timestamps import format_time

# For the Learner who got the message.
TO_LEARNER: Final = {
    "": lazy("Your teacher chose to write to you."),
    "stuck": lazy("Because you pressed “I’m stuck” in {place}."),
    "spinning": lazy("Because of your answers to {place}."),
    "wrong": lazy("Because of your answers to {place}."),
    "alone": lazy("Because of your answers to {place}."),
    "quick": lazy("Because of your answers to {place}."),
    "hint": lazy("Because you opened a hint for {place}."),
    "stopped": lazy("Because you stopped in {place}."),
}
# For Teachers, as the heading of a card.
TO_TEACHER: Final = {
    "stuck": lazy("Pressed “I’m stuck” in {place}"),
    "spinning": lazy("Many tries and few correct answers on {place}"),
    "wrong": lazy("Incorrect answers in a row on {place}"),
    "alone": lazy("Incorrect answers without a hint on {place}"),
    "quick": lazy("Very quick incorrect answers on {place}"),
    "hint": lazy("Opened a hint for {place}"),
    "stopped": lazy("Stopped in {place}"),
}
Places = dict[UUID, str]


@dataclass(frozen=True, slots=True)
class CardSubject:
    """The question or the unit that a card is about; `unit` is None for a retired question."""

    question: Question | None
    unit: Unit | None

    @property
    def place(self) -> str:
        """Return "question 3 of “Quiz”", or the unit alone."""
        if self.unit is None:
            return _("a question that was removed")
        if self.question is not None and self.question.time_s is not None:
            words = _("the question at {at} of “{unit}”")
            return words.format(at=format_time(self.question.time_s), unit=self.unit.title)
        if self.question is None or self.question.position is None:
            return f"“{self.unit.title}”"
        words = _("question {number} of “{unit}”")
        return words.format(number=self.question.position, unit=self.unit.title)


def find_subject(course: Course, about: UUID) -> CardSubject:
    """Return what a card of this course is about."""
    question = Question.objects.filter(course=course, code=about).select_related("unit").first()
    if question is not None:
        return CardSubject(question, question.unit)
    return CardSubject(None, course.units.filter(code=about).first())


def load_places(abouts: Iterable[UUID | None]) -> Places:
    """Return the words for each question or unit that cards are about."""
    codes = {code for code in abouts if code is not None}
    if not codes:
        return {}
    questions = Question.objects.filter(code__in=codes).select_related("unit")
    found = {row.code: CardSubject(row, row.unit).place for row in questions}
    units = Unit.objects.filter(code__in=codes - found.keys())
    return found | {row.code: CardSubject(None, row).place for row in units}


def reason_for_learner(kind: str, about: UUID | None, places: Places) -> str:
    return _fill(str(TO_LEARNER[kind]), about, places)


def reason_for_teacher(kind: str, about: UUID | None, places: Places) -> str:
    """Return the reason; "" for a message without a card."""
    return _fill(str(TO_TEACHER[kind]), about, places) if kind else ""


def _fill(words: str, about: UUID | None, places: Places) -> str:
    place = places.get(about, "") if about else ""
    return words.format(place=place or _("a unit that was removed"))
