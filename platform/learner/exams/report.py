"""The report of a test: each question with reply, correct answer and explanation.

In a graded test, correct answers are shown only once no Learner can use them any more.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from accounts.models import User
from adaptation.offers import link_targets
from courses import attempts
from courses.answers.numerals import current_language
from courses.answers.responses import unseal_reply
from courses.attempts import AttemptOverview
from courses.gradebook.attempt_scores import describe_score
from courses.gradebook.percents import describe_points
from courses.gradebook.regrade_credits import AttemptCredits, load_credits
from courses.gradebook.regrade_notes import RegradeNote, attempt_notes
from courses.gradebook.scores import Credit
from courses.models import Attempt, Question, Response
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
    the question.
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


@dataclass(frozen=True, slots=True)
class ExamReport:
    """The whole report; `lines` is empty while correct answers are hidden."""

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
        lines=_load_lines(attempt) if shows else (),
        regrades=tuple(attempt_notes(attempt)),
    )


def _load_lines(attempt: Attempt) -> tuple[ReportLine, ...]:
    (found,) = load_credits([attempt])
    credits = found.credits
    return tuple(
        _make_line(attempt.learner, number, question, credits[question.pk], found.answers)
        for number, question in enumerate(_load_shown(found), start=1)
    )


def _load_shown(found: AttemptCredits) -> list[Question]:
    """Return the questions as asked, or with the answer key by which they were regraded."""
    places = attempts.load_questions(found.attempt)
    keys = [key for place in places if (key := found.key_of(place.pk)) is not None]
    regraded = {question.pk: question for question in question_versions.load_as_stored(keys)}
    return [regraded.get(place.pk, place) for place in places]


def _make_line(
    learner: User, number: int, shown: Question, credit: Credit, answers: Mapping[int, Response]
) -> ReportLine:
    row = answers.get(shown.pk)
    ask = build_judged(learner, shown, None if row is None else unseal_reply(row))
    video = None if credit.right else find_video_link(shown)
    return ReportLine(
        number=number,
        given=row is not None,
        right=credit.right,
        partly=0 < credit.share < 1,
        points=describe_points(credit.earned, credit.points),
        counts=credit.counts,
        ask=ask,
        answer=right_answer(shown),
        video=video,
    )


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
