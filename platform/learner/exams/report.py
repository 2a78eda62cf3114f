"""The report of a test: each question with reply, correct answer and explanation.

In a graded test, correct answers are shown only once no Learner can use them any more.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from accounts.models import User
from adaptation.offers import link_targets
from courses import attempts
from courses.answer_files import storage
from courses.answer_files.storage import AnswerFiles
from courses.answers.numerals import current_language
from courses.answers.open_answers import unseal_answer
from courses.answers.responses import unseal_reply
from courses.attempts import AttemptOverview
from courses.gradebook.attempt_scores import describe_score
from courses.gradebook.mark_notes import AnswerMarks, describe_marks
from courses.gradebook.percents import describe_points
from courses.gradebook.regrade_credits import AttemptCredits, load_credits
from courses.gradebook.regrade_notes import RegradeNote, attempt_notes
from courses.models import Attempt, Question
from courses.questions import question_versions
from courses.questions.question_spec import item_of
from courses.timestamps import format_time
from learner.courses.lessons import url_of
from learner.exams.start_page import was_timed_out
from learner.questions.view_model import QuestionView, build_judged


@dataclass(frozen=True, slots=True)
class VideoLink:
    """The part of a video that explains the question."""

    url: str
    title: str
    at: str


@dataclass(frozen=True, slots=True)
class ReportLine:
    """One question of the report.

    `given` is False for a blank. `points` says what it earned, such as "2 of 3 points". `answer` is
    the correct answer in HTML, unless the choices show it. `counts` is False if a regrade excluded
    the question. `marks` is there for an answer that people mark, `files` for one in files.
    """

    number: int
    given: bool
    right: bool
    partly: bool
    points: str
    counts: bool
    ask: QuestionView
    answer: str
    video: VideoLink | None
    marks: AnswerMarks | None = None
    files: AnswerFiles | None = None


@dataclass(frozen=True, slots=True)
class ExamReport:
    """The whole report; `lines` has only answers that people mark while others are hidden."""

    attempt: Attempt
    turns: AttemptOverview
    shows: bool
    by_clock: bool
    percent: int
    score: str
    lines: tuple[ReportLine, ...]
    regrades: tuple[RegradeNote, ...]


def build_report(attempt: Attempt, *, now: datetime) -> ExamReport:
    turns = attempts.load_overview(attempt.learner, attempt.unit, now=now)
    shows = turns.shows_answers(attempt, now)
    return ExamReport(
        attempt=attempt,
        turns=turns,
        shows=shows,
        by_clock=was_timed_out(attempt),
        percent=attempts.percent_of(attempt),
        score=describe_score(attempt),
        lines=_load_lines(attempt) if shows else _load_marked_lines(attempt),
        regrades=tuple(attempt_notes(attempt)),
    )


def _load_marked_lines(attempt: Attempt) -> tuple[ReportLine, ...]:
    """Return the answers that people mark, without what would help in another attempt."""
    if not attempt.open_answers.exists():
        return ()
    (found,) = load_credits([attempt])
    shown = [each for each in enumerate(_load_shown(found), start=1) if each[1].pk in found.open]
    lines = _make_lines(found, shown)
    return tuple(replace(line, ask=replace(line.ask, explanation_html="")) for line in lines)


def _load_lines(attempt: Attempt) -> tuple[ReportLine, ...]:
    (found,) = load_credits([attempt])
    return tuple(_make_lines(found, list(enumerate(_load_shown(found), start=1))))


def _make_lines(
    found: AttemptCredits, numbered: Sequence[tuple[int, Question]]
) -> Iterator[ReportLine]:
    """Yield the line of each question, with the files of its answer."""
    has_files = any(question.kind == "file" for _number, question in numbered)
    files = storage.load_attempt_files(found.attempt) if has_files else {}
    for number, question in numbered:
        line = _make_line(found.attempt.learner, number, question, found)
        yield replace(line, files=files.get(question.pk))


def _load_shown(found: AttemptCredits) -> list[Question]:
    """Return the questions as asked, or with the answer key by which they were regraded.

    No key regrades a question that people mark, even if the course has another type of it now.
    """
    places = attempts.load_questions(found.attempt)
    closed = [place.pk for place in places if not item_of(place).is_open]
    keys = [key for pk in closed if (key := found.key_of(pk)) is not None]
    regraded = {question.pk: question for question in question_versions.load_as_stored(keys)}
    return [regraded.get(place.pk, place) for place in places]


def _make_line(learner: User, number: int, shown: Question, found: AttemptCredits) -> ReportLine:
    credit, opened = found.credits[shown.pk], found.open.get(shown.pk)
    given = _unseal_given(found, shown)
    ask = build_judged(learner, shown, given)
    video = None if credit.right or opened is not None else find_video_link(shown)
    waits = credit.counts and credit.unmarked
    return ReportLine(
        number=number,
        given=given is not None,
        right=credit.right,
        partly=0 < credit.share < 1,
        points=describe_points(credit.earned, credit.points),
        counts=credit.counts,
        ask=ask,
        answer=right_answer(shown),
        video=video,
        marks=None if opened is None else describe_marks(shown, opened.mark, waits=waits),
    )


def _unseal_given(found: AttemptCredits, shown: Question) -> Any:
    """Return the reply to a question; None for a blank."""
    if shown.pk in found.open:
        return unseal_answer(found.open[shown.pk].answer)
    row = found.answers.get(shown.pk)
    return None if row is None else unseal_reply(row)


def find_video_link(question: Question) -> VideoLink | None:
    found = link_targets.find_explanation(question)
    if found is None:
        return None
    unit, begin = found
    return VideoLink(f"{url_of(unit)}?t={begin:.1f}#player", unit.title, format_time(begin))


def right_answer(question: Question) -> str:
    """Return the correct answer as safe HTML; "" if the choices show it."""
    item = item_of(question)
    return "" if item.has_options else item.correct_html(current_language())
