"""One reason to look at a Learner."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from courses.models import Question, Response, Unit

KINDS = ("stuck", "spinning", "wrong", "alone", "quick", "hint", "stopped")


@dataclass(frozen=True, slots=True)
class Need:
    """About a question, or about a whole unit.

    `at` is the latest evidence (what is newer than a "handled" brings the row back); `second` and
    `chapter` say where in a video; `right`, `skill` and `before` belong to many tries on a skill:
    how many of the last five were right, its name, and that of one that comes before it.
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
        """About the question of this answer, which is the latest evidence."""
        unit = last.question.unit
        if unit is None:
            raise ValueError("expected a question in use, got a retired one")
        at = last.answered_at
        return cls(last.learner_id, kind, unit, last.question, at, at, count)
