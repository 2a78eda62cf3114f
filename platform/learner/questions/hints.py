"""The hint ladder: hints open one after another, each some seconds after the one before.

How far one is stands in a signed note that travels with the page, so opening a hint needs no row
and works without JavaScript. A note is about one question and cannot be made longer by hand.
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
from courses.answers.typed_answers import write_answer_html
from courses.models import Hint
from courses.questions.question_spec import scaffold_of
from learner.questions.view_model import Asked

SALT = "attune.hints"
TITLES = {
    "prompt": gettext_noop("A question to ask yourself"),
    "strategy": gettext_noop("A way to solve it"),
    "worked_step": gettext_noop("Worked step"),
    "scaffold": gettext_noop("Sub-question"),
}


@dataclass(frozen=True, slots=True)
class Note:
    """How many hints of this question are open, when the last one was opened (epoch s), and the
    positions of the scaffolds that were answered right."""

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
    ask: Asked | None


@dataclass(frozen=True, slots=True)
class Ladder:
    """What the page shows; `wait_s` > 0 = the next one is not to be opened yet."""

    rungs: tuple[Rung, ...]
    opened: int
    wait_s: int
    note: str


def read(text: str, question: UUID) -> Note:
    """The note, or a fresh one where it is missing, about another question, or not ours."""
    try:
        about, opened, at, solved = signing.loads(text, salt=SALT)
    except signing.BadSignature:
        return Note(question, 0, 0.0)
    return (
        Note(question, opened, at, tuple(solved))
        if about == str(question)
        else Note(question, 0, 0.0)
    )


def write(note: Note) -> str:
    parts = [str(note.question), note.opened, round(note.at, 1), sorted(note.solved)]
    return signing.dumps(parts, salt=SALT)


def solve(note: Note, position: int) -> Note:
    """The scaffold at this position was answered right."""
    return replace(note, solved=tuple({*note.solved, position}))


def step(note: Note, hints: int, *, wait_s: int, now: datetime) -> Note:
    """Open the next hint if there is one and its time has come; else the same note."""
    if note.opened >= hints or wait(note, wait_s=wait_s, now=now):
        return note
    return replace(note, opened=note.opened + 1, at=now.timestamp())


def to_worked_step(note: Note, hints: Sequence[Hint], *, now: datetime) -> Note:
    """Open everything up to the worked step, as an offer said; where there is none, the same."""
    kinds = [hint.kind for hint in hints]
    opened = kinds.index("worked_step") + 1 if "worked_step" in kinds else 0
    return note if opened <= note.opened else replace(note, opened=opened, at=now.timestamp())


def wait(note: Note, *, wait_s: int, now: datetime) -> int:
    """Whole seconds until the next hint may be opened."""
    if note.opened == 0:
        return 0
    return max(0, math.ceil(wait_s - (now.timestamp() - note.at)))


def ladder(
    note: Note,
    hints: Sequence[Hint],
    *,
    other: Collection[int],
    asks: Mapping[int, Asked],
    wait_s: int,
    now: datetime,
) -> Ladder:
    """`other` are the pks of the hints that are read in their other wording; `asks` are the
    questions of the open scaffolds by pk."""
    rungs = tuple(
        _rung(number, hint, note.opened, hint.pk in other, asks.get(hint.pk))
        for number, hint in enumerate(hints, start=1)
    )
    left_s = wait(note, wait_s=wait_s, now=now)
    return Ladder(rungs, min(note.opened, len(rungs)), left_s, write(note))


def _rung(number: int, hint: Hint, opened: int, other: bool, ask: Asked | None) -> Rung:
    is_open = number <= opened
    return Rung(
        number=number,
        title=hint.title or _(TITLES[hint.kind]),
        html=(hint.other_html if other else hint.html) if is_open else "",
        answer_html=_answer_of(hint) if is_open else "",
        open=is_open,
        next=number == opened + 1,
        ask=ask,
    )


def _answer_of(hint: Hint) -> str:
    if not hint.reply_kind:
        return hint.answer_html
    return write_answer_html(hint, scaffold_of(hint), current_language())
