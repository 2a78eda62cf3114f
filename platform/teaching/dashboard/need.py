"""One reason to look at a Learner."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from courses.models import Question, Response, Unit

KINDS = ("stuck", "spinning", "wrong", "alone", "quick", "hint", "stopped")


@dataclass(frozen=True, slots=True)
class Need:
    """One reason, about a question or a whole unit.

    `at` is the time of the latest evidence; evidence newer than a `Handled` brings the row back.
    `second` and `chapter` are the place in a video. `right`, `skill` and `before` belong to many
    tries on a skill: correct answers of the last five, the skill's name, and the name of a
    prerequisite.
    """

    learner: int
    kind: str
    unit: Unit
    question: Question | None
    since: datetime
    at: datetime
    count: int = 0
    second: float | None = None
    chapter: str = ""
    right: int = 0
    skill: str = ""
    before: str = ""

    @property
    def about(self) -> UUID:
        return self.question.code if self.question else self.unit.code

    @classmethod
    def about_question(cls, last: Response, kind: str, count: int) -> Need:
        """Return a need about the question of this answer, which is the latest evidence."""
        unit = last.question.unit
        if unit is None:
            raise ValueError("expected a question in use, got a retired one")
        at = last.answered_at
        return cls(last.learner_id, kind, unit, last.question, at, at, count)
