"""One question as it stands on a page: what was tried, what was said to it, what comes now.

All of it is read from the Learner's Responses, so a reload shows the same, with or without
JavaScript. Nothing sensed is read here (I-19).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID, uuid4

from django.http import QueryDict
from django.utils.translation import gettext as _

from accounts.models import User
from courses.answers.correct_answers import right_reply
from courses.answers.grading import ReplyGrade, UngradableReply, grade
from courses.answers.numerals import current_language
from courses.answers.typed_answers import write_reply
from courses.models import Hint, Question
from courses.questions.question_spec import AnswerChoice, QuestionItem, item_of, scaffold_of
from learner.questions import answer_fields
from learner.questions.answer_fields import Field
from learner.questions.parse_answer import certain_in, parts_in, reply_in
from learner.questions.response_history import Try, judge, tries_of

CHOOSING = ("single", "multiple")


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
    """`options` are choices, `fields` the parts of an answer in parts, `tail_html` what stands
    after its last gap. `once`: names this page's form, so that a reply sent twice is stored once.
    `unread`: what was sent could not be read, and nothing of it is kept."""

    code: str
    kind: str
    prompt_html: str
    linear: str
    options: tuple[Option, ...]
    fields: tuple[Field, ...]
    tail_html: str
    typed: str
    units: tuple[str, ...]
    tried: tuple[str, ...]
    feedback_html: str
    explanation_html: str
    right: bool
    unread: bool
    skills: str = ""
    draw: int | None = None
    time_s: float | None = None
    at: str = ""
    jump: Jump | None = None
    more: str = ""
    once: str = field(default_factory=lambda: str(uuid4()), compare=False)

    @property
    def says(self) -> str:
        """What the last try came to, in a word or two."""
        if self.right:
            return _("Correct.")
        return _("Not yet.") if self.tried else ""


def asked(
    user: User,
    question: Question,
    draw: int | None = None,
    problem: str = "",
    sent: QueryDict | None = None,
) -> Asked:
    """The question for this Learner; `problem` is why what was `sent` last could not be read."""
    item = item_of(question, draw)
    tries = tries_of(user, question, draw)
    return _after(user, question, item, tries, draw, problem, sent)


def scaffold(user: User, hint: Hint, sent: QueryDict | None, *, solved: bool) -> Asked:
    """The small question of a hint; what is answered to it is not kept anywhere."""
    item, tries, problem = scaffold_of(hint), [], ""
    if solved:
        tries = [Try(item, right_reply(item), ReplyGrade(True))]
    elif sent is not None:
        try:
            given = certain_in(item, sent)
            tries = [Try(item, given, grade(item, given))]
        except UngradableReply as unreadable:
            problem = str(unreadable)
    return _standing(user, hint.code, item, tries, problem, sent)


def unjudged(
    user: User,
    question: Question,
    given: Any,
    problem: str = "",
    sent: QueryDict | None = None,
) -> Asked:
    """The question in a test that runs: what was given stands in its fields, and nothing is said
    of it (None = nothing yet)."""
    item = item_of(question)
    tries = [] if given is None else [Try(item, given, ReplyGrade(False))]
    ask = _after(user, question, item, tries, None, problem, sent)
    chosen = None if sent is None else set(sent.getlist("given"))
    return replace(
        ask,
        options=tuple(_silent(option, item, chosen) for option in ask.options),
        tried=(),
        feedback_html=problem,
        jump=None,
    )


def judged(user: User, question: Question, given: Any) -> Asked:
    """The question in the report of a test: what was given, what is right and why."""
    item = item_of(question)
    tries = [] if given is None else [judge(item, given)]
    ask = _after(user, question, item, tries, None, "")
    right = {choice.id for choice in item.choices if choice.correct}
    return replace(
        ask,
        options=tuple(replace(each, right=each.id in right) for each in ask.options),
        tried=(),
        explanation_html=item.explanation_html,
        jump=jump_of(question),
        more="",
    )


def _silent(option: Option, item: QuestionItem, chosen: Collection[str] | None) -> Option:
    """The option without a verdict; `chosen` = what was sent, in place of what is kept."""
    label = next(choice.linear for choice in item.choices if choice.id == option.id)
    on = option.chosen if chosen is None else option.id in chosen
    return replace(option, chosen=on, tried=False, label=label, feedback_html="")


def _after(
    user: User,
    question: Question,
    item: QuestionItem,
    tries: Sequence[Try],
    draw: int | None,
    problem: str,
    sent: QueryDict | None = None,
) -> Asked:
    ask = _standing(user, question.code, item, tries, problem, sent)
    return replace(
        ask,
        prompt_html=question.stem_html + ask.prompt_html,
        skills=", ".join(skill.name for skill in question.skills.all()),
        explanation_html=item.explanation_html if ask.right else "",
        draw=draw,
        time_s=question.time_s,
        at=clock(question.time_s or 0),
        jump=None if ask.right else jump_of(question),
        more=more_of(question, draw) if ask.right else "",
    )


def _standing(
    user: User,
    code: UUID,
    item: QuestionItem,
    tries: Sequence[Try],
    problem: str,
    sent: QueryDict | None,
) -> Asked:
    """What is asked and what stands in its fields: what was sent, else the last try."""
    last = tries[-1] if tries else None
    right = any(one.verdict.correct for one in tries)
    unread = bool(problem) and sent is not None
    held, typed = _filled(item, last, sent if unread else None)
    choices = item.choices if item.kind in CHOOSING else ()
    return Asked(
        code=str(code),
        kind=item.kind,
        prompt_html="" if item.kind == "cloze" else item.prompt_html,
        linear=item.linear,
        options=tuple(_option(choice, tries, right=right) for choice in choices),
        fields=answer_fields.fields_of(item, held, answer_fields.seed_of(user.code, code)),
        tail_html=answer_fields.tail_of(item),
        typed=typed,
        units=tuple(unit.name for unit in item.units),
        tried=tuple(dict.fromkeys(_tried(tries))),
        feedback_html=_feedback(item, last, problem),
        explanation_html="",
        right=right,
        unread=unread,
    )


def _filled(
    item: QuestionItem, last: Try | None, sent: QueryDict | None
) -> tuple[Mapping[str, str], str]:
    """What the fields of a reply in parts hold, and what the one field of another holds.

    Of what was `sent` each number as it was read; what cannot be read as it was typed.
    """
    if sent is None:
        given = last.given if last else ""
    else:
        try:
            given = reply_in(item, sent).given
        except UngradableReply:
            return parts_in(sent), str(sent.get("given", ""))
    shown = write_reply(item, given, current_language())
    return answer_fields.held_by(item.kind, shown), shown if isinstance(shown, str) else ""


def jump_of(question: Question) -> Jump | None:
    if question.jump_from_s is None or question.jump_to_s is None or question.unit is None:
        return None
    start, end = question.jump_from_s, question.jump_to_s
    return Jump(
        url=f"/units/{question.unit.code}/?t={start:.1f}#player",
        start=start,
        end=end,
        text=_("Watch {start}–{end} again").format(start=clock(start), end=clock(end)),
    )


def more_of(question: Question, draw: int | None) -> str:
    """The address of the same question with other numbers, where it can be drawn anew."""
    if question.parameterised is None or question.unit is None:
        return ""
    return f"/units/{question.unit.code}/?question={question.code}&draw={(draw or 0) + 1}"


def clock(seconds: float) -> str:
    """0:45"""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


def _option(choice: AnswerChoice, tries: Sequence[Try], *, right: bool) -> Option:
    single = [one for one in tries if one.given == choice.id]
    last = tries[-1].given if tries else None
    chosen = choice.id == last or (isinstance(last, list) and choice.id in last)
    tried = bool(single) and not choice.correct
    return Option(
        id=choice.id,
        html=choice.html,
        label=_("{choice}, already tried").format(choice=choice.linear) if tried else choice.linear,
        chosen=chosen,
        tried=tried,
        right=right and choice.correct,
        feedback_html=choice.feedback_html if choice.id == last else "",
    )


def _feedback(item: QuestionItem, last: Try | None, problem: str) -> str:
    """What is said below the field; with single choice it stands under the choice instead."""
    if problem:
        return problem
    if last is None or item.kind == "single":
        return ""
    return last.verdict.feedback_html


def _tried(tries: Sequence[Try]) -> list[str]:
    return [answer_fields.words_of(one.item, one.given) for one in tries if not one.verdict.correct]
