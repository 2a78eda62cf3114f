"""A mark as its Learner reads it: the level of each criterion, the comment, and who marked it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from courses.gradebook.marks import PastMark, describe_mark
from courses.gradebook.percents import describe_points
from courses.models import AnswerMark, Question
from courses.questions.rubric import Criterion, RubricLevel, read_rubric


@dataclass(frozen=True, slots=True)
class LevelLine:
    """A criterion with the level that was chosen, and its points such as "3 of 4 points"."""

    criterion: str
    level: str
    points: str


@dataclass(frozen=True, slots=True)
class AnswerMarks:
    """What a Teacher said about one answer; all of it is empty while it has no mark.

    It `waits` for one unless a regrade gives it full points or leaves it out.
    """

    waits: bool
    has_mark: bool = False
    by: str = ""
    at: datetime | None = None
    comment: str = ""
    lines: tuple[LevelLine, ...] = ()


def describe_marks(question: Question, mark: AnswerMark | None, *, waits: bool) -> AnswerMarks:
    """Describe the mark by the rubric of the question as it was asked."""
    if mark is None:
        return AnswerMarks(waits=waits)
    found = describe_mark(mark)
    return AnswerMarks(
        waits=False,
        has_mark=True,
        by=found.by,
        at=found.at,
        comment=found.note.comment,
        lines=tuple(list_levels(question, found)),
    )


def list_levels(question: Question, mark: PastMark) -> list[LevelLine]:
    """Return a line for each criterion whose level the mark names."""
    found = []
    for criterion in read_rubric(question.rubric):
        level = criterion.find_level(mark.note.levels.get(criterion.id, ""))
        if level is not None:
            found.append(_line(criterion, level))
    return found


def _line(criterion: Criterion, level: RubricLevel) -> LevelLine:
    return LevelLine(criterion.text, level.text, describe_points(level.points, criterion.most))
