"""The hint ladder: hints open one after another, each some seconds after the previous one.

A signed note that travels with the page holds the number of open hints. Opening a hint therefore
needs no database row and no JavaScript. A note belongs to one question and cannot be forged.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.core import signing
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from courses.answers.numerals import current_language
from courses.models import Hint
from courses.questions.question_spec import scaffold_of
from learner.questions.view_model import QuestionView

SALT = "attune.hints"
TITLES = {
    "prompt": gettext_noop("A question to ask yourself"),
    "strategy": gettext_noop("A way to solve it"),
    "worked_step": gettext_noop("Worked step"),
    "scaffold": gettext_noop("Sub-question"),
}


@dataclass(frozen=True, slots=True)
class HintNote:
    """The hints of one question that are open.

    `at` is the time the last hint was opened, in seconds since the epoch. `solved` holds the
    positions of scaffolds answered correctly.
    """

    question: UUID
    opened: int
    at: float
    solved: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Rung:
    number: int
    title: str
    html: str
    answer_html: str
    open: bool
    next: bool
    ask: QuestionView | None


@dataclass(frozen=True, slots=True)
class Ladder:
    """The ladder as shown; while `wait_s` > 0 the next hint cannot be opened."""

    rungs: tuple[Rung, ...]
    opened: int
    wait_s: int
    note: str


def read_note(text: str, question: UUID) -> HintNote:
    """Return the note, or an empty one if it is missing, forged or about another question."""
    try:
        about, opened, at, solved = signing.loads(text, salt=SALT)
    except signing.BadSignature:
        return HintNote(question, 0, 0.0)
    return (
        HintNote(question, opened, at, tuple(solved))
        if about == str(question)
        else HintNote(question, 0, 0.0)
    )


def write_note(note: HintNote) -> str:
    parts = [str(note.question), note.opened, round(note.at, 1), sorted(note.solved)]
    return signing.dumps(parts, salt=SALT)


def mark_solved(note: HintNote, position: int) -> HintNote:
    """Record that the scaffold at this position was answered correctly."""
    return replace(note, solved=tuple({*note.solved, position}))


def open_next(note: HintNote, hints: int, *, wait_s: int, now: datetime) -> HintNote:
    """Open the next hint if there is one and its waiting time is over.

    Otherwise return the same note.
    """
    if note.opened >= hints or seconds_to_wait(note, wait_s=wait_s, now=now):
        return note
    return replace(note, opened=note.opened + 1, at=now.timestamp())


def open_to_worked_step(note: HintNote, hints: Sequence[Hint], *, now: datetime) -> HintNote:
    """Open every hint up to the worked step, as an offer promised.

    Without a worked step, return the same note.
    """
    kinds = [hint.kind for hint in hints]
    opened = kinds.index("worked_step") + 1 if "worked_step" in kinds else 0
    return note if opened <= note.opened else replace(note, opened=opened, at=now.timestamp())


def seconds_to_wait(note: HintNote, *, wait_s: int, now: datetime) -> int:
    """Return the whole seconds until the next hint may be opened."""
    if note.opened == 0:
        return 0
    return max(0, math.ceil(wait_s - (now.timestamp() - note.at)))


def build_ladder(
    note: HintNote,
    hints: Sequence[Hint],
    *,
    other: Collection[int],
    asks: Mapping[int, QuestionView],
    wait_s: int,
    now: datetime,
) -> Ladder:
    """Build the ladder.

    `other` holds the primary keys of hints shown in their alternative wording. `asks` maps the
    primary key of each open scaffold to its question.
    """
    rungs = tuple(
        _make_rung(number, hint, note.opened, hint.pk in other, asks.get(hint.pk))
        for number, hint in enumerate(hints, start=1)
    )
    left_s = seconds_to_wait(note, wait_s=wait_s, now=now)
    return Ladder(rungs, min(note.opened, len(rungs)), left_s, write_note(note))


def _make_rung(number: int, hint: Hint, opened: int, other: bool, ask: QuestionView | None) -> Rung:
    is_open = number <= opened
    return Rung(
        number=number,
        title=hint.title or _(TITLES[hint.kind]),
        html=_hint_html(hint, ask, other=other) if is_open else "",
        answer_html=_answer_html(hint) if is_open else "",
        open=is_open,
        next=number == opened + 1,
        ask=ask,
    )


def _hint_html(hint: Hint, ask: QuestionView | None, *, other: bool) -> str:
    """Return the text of a hint, without what the fields of its sub-question hold themselves."""
    if ask is not None and ask.prompt_html != hint.html:
        return ask.prompt_html
    return hint.other_html if other else hint.html


def _answer_html(hint: Hint) -> str:
    if not hint.reply_kind:
        return hint.answer_html
    return scaffold_of(hint).stated_answer_html(current_language())
