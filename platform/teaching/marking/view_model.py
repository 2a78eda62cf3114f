"""What a Teacher reads while marking: the question, an answer, its marks, and how many are left."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from uuid import UUID

from courses.answer_files import storage
from courses.answer_files.file_names import number_name
from courses.answer_files.storage import FileFacts
from courses.answers.open_answers import unseal_answer
from courses.gradebook import marks
from courses.gradebook.mark_notes import LevelLine, list_levels
from courses.gradebook.marks import PastMark
from courses.gradebook.percents import describe_points
from courses.models import AnswerMark, OpenAnswer, Question
from courses.questions import question_versions
from courses.questions.answer_parts import to_fraction
from teaching.roster import PersonFace, face_of


@dataclass(frozen=True, slots=True)
class AnswerLine:
    """One answer in the list; `who` is None while names are hidden.

    Without `points` it has no mark; it `waits` for one unless a regrade made that needless.
    """

    answer: OpenAnswer
    number: int
    who: PersonFace | None
    points: str
    waits: bool


@dataclass(frozen=True, slots=True)
class MarkLine:
    """A mark of the history."""

    mark: PastMark
    points: str
    levels: tuple[LevelLine, ...]


@dataclass(frozen=True, slots=True)
class AnswerPage:
    """One answer, the question as it was asked, and its marks; the first one counts.

    `text` is empty for an answer that consists of `files`.
    """

    answer: OpenAnswer
    question: Question
    text: str
    files: tuple[FileFacts, ...]
    number: int
    total: int
    marked: int
    who: PersonFace | None
    history: tuple[MarkLine, ...]

    @property
    def points(self) -> Fraction:
        return to_fraction(self.question.points)

    @property
    def current(self) -> PastMark | None:
        """The mark that counts."""
        return self.history[0].mark if self.history else None


def load_lines(
    answers: Sequence[OpenAnswer], waiting: Collection[UUID], *, hides_names: bool
) -> list[AnswerLine]:
    """Return a line for each answer, with its points if it is marked."""
    found = load_current(answers)
    contents = sorted({row.content_id for row in answers})
    asked = zip(contents, question_versions.load_as_stored(contents), strict=True)
    points = {content: to_fraction(question.points) for content, question in asked}
    return [
        AnswerLine(
            answer=row,
            number=number,
            who=None if hides_names else face_of(row.learner),
            points=_describe(found.get(row.pk), points[row.content_id]),
            waits=row.pk in waiting,
        )
        for number, row in enumerate(answers, start=1)
    ]


def load_page(
    answer: OpenAnswer, answers: Sequence[OpenAnswer], *, hides_names: bool
) -> AnswerPage:
    """Return the page of one of these answers; raise KeyDestroyed while its Learner is erased."""
    (question,) = question_versions.load_as_stored([answer.content_id])
    in_files = question.kind == "file"
    worth = to_fraction(question.points)
    return AnswerPage(
        answer=answer,
        question=question,
        text="" if in_files else str(unseal_answer(answer)),
        files=_load_files(answer, question, hides_names=hides_names) if in_files else (),
        number=1 + [row.pk for row in answers].index(answer.pk),
        total=len(answers),
        marked=len(load_current(answers)),
        who=None if hides_names else face_of(answer.learner),
        history=tuple(
            MarkLine(
                mark,
                describe_points(mark.share * worth, worth),
                tuple(list_levels(question, mark)),
            )
            for mark in marks.load_history(answer)
        ),
    )


def _load_files(
    answer: OpenAnswer, question: Question, *, hides_names: bool
) -> tuple[FileFacts, ...]:
    """Return the files of an answer; their names may be those of people."""
    files = storage.load_files(answer.attempt, question).files
    if not hides_names:
        return files
    return tuple(
        replace(each, name=number_name(number, each.name))
        for number, each in enumerate(files, start=1)
    )


def load_current(answers: Sequence[OpenAnswer]) -> dict[UUID, AnswerMark]:
    """Return the marks that count, by answer, without their notes."""
    rows = AnswerMark.objects.filter(answer__in=answers, replaced_at=None)
    return {row.answer_id: row for row in rows.defer("note_sealed")}


def _describe(mark: AnswerMark | None, points: Fraction) -> str:
    return "" if mark is None else describe_points(mark.share * points, points)
