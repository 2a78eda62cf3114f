"""One question as it stands on a page: what was tried, what was said to it, what comes now.

All of it is read from the Learner's Responses, so a reload shows the same, with or without
JavaScript. Nothing sensed is read here (I-19).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from accounts.models import User
from courses.grading import Verdict, grade
from courses.items import Choice, Item, item_of
from courses.models import Question, Response
from courses.responses import given_of

SHOWN_TRIES = 20


@dataclass(frozen=True, slots=True)
class Option:
    """One choice with its state; `label` is what a screen reader says, maths in linear form."""

    id: str
    html: str
    label: str
    chosen: bool
    tried: bool
    right: bool
    feedback_html: str


@dataclass(frozen=True, slots=True)
class Jump:
    """The stretch of the video that explains it."""

    url: str
    start: float
    end: float
    text: str


@dataclass(frozen=True, slots=True)
class Asked:
    code: str
    kind: str
    prompt_html: str
    linear: str
    skills: str
    options: tuple[Option, ...]
    typed: str
    tried: tuple[str, ...]
    feedback_html: str
    explanation_html: str
    right: bool
    draw: int | None
    time_s: float | None
    at: str
    jump: Jump | None
    more: str

    @property
    def says(self) -> str:
        """What the last try came to, in a word or two."""
        if self.right:
            return "Right."
        return "Not yet." if self.tried else ""


@dataclass(frozen=True, slots=True)
class Try:
    given: Any
    verdict: Verdict


def asked(user: User, question: Question, draw: int | None = None, problem: str = "") -> Asked:
    """The question for this Learner; `problem` is why the last reply could not be read."""
    item = item_of(question, draw)
    tries = tries_of(user, question, item, draw)
    last = tries[-1] if tries else None
    right = any(one.verdict.correct for one in tries)
    return Asked(
        code=str(question.code),
        kind=item.kind,
        prompt_html=question.stem_html + item.prompt_html,
        linear=item.linear,
        skills=", ".join(skill.name for skill in question.skills.all()),
        options=tuple(_option(choice, tries, right=right) for choice in item.choices),
        typed=last.given if last is not None and isinstance(last.given, str) else "",
        tried=tuple(dict.fromkeys(_words(one) for one in tries if not one.verdict.correct)),
        feedback_html=_feedback(item, last, problem),
        explanation_html=item.explanation_html if right else "",
        right=right,
        draw=draw,
        time_s=question.time_s,
        at=clock(question.time_s or 0),
        jump=None if right else jump_of(question),
        more=more_of(question, draw) if right else "",
    )


def tries_of(user: User, question: Question, item: Item, draw: int | None) -> list[Try]:
    """The latest tries of this very question, oldest first, judged again as they were."""
    rows = Response.objects.filter(learner=user, question=question, draw=draw)
    latest = rows.select_related("learner").order_by("-answered_at")[:SHOWN_TRIES]
    return [_try(item, given_of(row)) for row in reversed(latest)]


def jump_of(question: Question) -> Jump | None:
    if question.jump_from_s is None or question.jump_to_s is None or question.unit is None:
        return None
    start, end = question.jump_from_s, question.jump_to_s
    return Jump(
        url=f"/units/{question.unit.code}/?t={start:.1f}#player",
        start=start,
        end=end,
        text=f"Watch {clock(start)}–{clock(end)} again",
    )


def more_of(question: Question, draw: int | None) -> str:
    """The address of the same question with other numbers, where it can be drawn anew."""
    if question.parameterised is None or question.unit is None:
        return ""
    return f"/units/{question.unit.code}/?question={question.code}&draw={(draw or 0) + 1}"


def clock(seconds: float) -> str:
    """0:45"""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


def _try(item: Item, given: Any) -> Try:
    return Try(given, grade(item, given))


def _option(choice: Choice, tries: Sequence[Try], *, right: bool) -> Option:
    single = [one for one in tries if one.given == choice.id]
    last = tries[-1].given if tries else None
    chosen = choice.id == last or (isinstance(last, list) and choice.id in last)
    tried = bool(single) and not choice.correct
    return Option(
        id=choice.id,
        html=choice.html,
        label=f"{choice.linear}, tried" if tried else choice.linear,
        chosen=chosen,
        tried=tried,
        right=right and choice.correct,
        feedback_html=choice.feedback_html if choice.id == last else "",
    )


def _feedback(item: Item, last: Try | None, problem: str) -> str:
    """What is said below the field; with single choice it stands under the choice instead."""
    if problem:
        return problem
    if last is None or item.kind == "single":
        return ""
    return last.verdict.feedback_html


def _words(one: Try) -> str:
    return one.given if isinstance(one.given, str) else ", ".join(_strings(one.given))


def _strings(values: Iterable[Any]) -> list[str]:
    return [str(value) for value in values]
