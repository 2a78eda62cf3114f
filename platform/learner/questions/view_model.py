"""One question as a page shows it: attempts, feedback and what comes next.

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
from courses.answers.numerals import current_language
from courses.answers.replies import Given, ReplyGrade, UngradableReply
from courses.models import Hint, Question
from courses.question_types.answer_fields import AnswerField, parse_parts
from courses.question_types.base import QuestionItem
from courses.questions.answer_parts import AnswerChoice, MarkedPlace
from courses.questions.areas import Area
from courses.questions.question_spec import item_of, scaffold_of
from courses.timestamps import format_time
from learner.questions.parse_answer import parse_certain, parse_reply
from learner.questions.response_history import (
    JudgedTry,
    describe_partly,
    judge_reply,
    load_tries,
)


@dataclass(frozen=True, slots=True)
class AnswerOption:
    """One choice with its state; `label` is for screen readers, with maths in linear form."""

    id: str
    html: str
    label: str
    chosen: bool
    tried: bool
    right: bool
    feedback_html: str
    area: Area | None = None


@dataclass(frozen=True, slots=True)
class VideoJump:
    """The part of the video that explains the question."""

    url: str
    start: float
    end: float
    text: str


@dataclass(frozen=True, slots=True)
class QuestionView:
    """A question with the state of its form.

    `options` are choices. `fields` are the parts of a reply in parts, `tail_html` is the text after
    the last gap. `once` identifies this page's form, so that a reply sent twice is stored once.
    `partly` is what a partly right last attempt earned, such as "2 of 3 points", else "". `unread`
    is True if the reply could not be read and was not stored.
    """

    code: str
    item: QuestionItem
    prompt_html: str
    linear: str
    options: tuple[AnswerOption, ...]
    fields: tuple[AnswerField, ...]
    tail_html: str
    typed: str
    place: MarkedPlace | None
    units: tuple[str, ...]
    tried: tuple[str, ...]
    feedback_html: str
    explanation_html: str
    right: bool
    unread: bool
    partly: str = ""
    skills: str = ""
    draw: int | None = None
    time_s: float | None = None
    at: str = ""
    jump: VideoJump | None = None
    more: str = ""
    once: str = field(default_factory=lambda: str(uuid4()), compare=False)

    @property
    def kind(self) -> str:
        return self.item.kind

    @property
    def cased(self) -> bool:
        return self.item.needs_capitals

    @property
    def template(self) -> str:
        """Return the template of the fields of this type."""
        return f"learner/questions/_{self.item.widget}.html"

    @property
    def areas(self) -> tuple[Area, ...]:
        """Return the right areas of the picture, once they may be seen."""
        return tuple(each.area for each in self.options if each.right and each.area)

    @property
    def result_text(self) -> str:
        """Return the result of the last attempt in a word or two."""
        if self.right:
            return _("Correct.")
        if self.partly:
            return _("Partly right: {points}.").format(points=self.partly)
        return _("Not yet.") if self.tried else ""


def build_question(
    user: User,
    question: Question,
    draw: int | None = None,
    problem: str = "",
    sent: QueryDict | None = None,
) -> QuestionView:
    """Return the question for this Learner.

    `problem` says why the reply in `sent` could not be read.
    """
    item = item_of(question, draw)
    tries = load_tries(user, question, draw)
    return _build_for_question(user, question, item, tries, draw, problem, sent)


def build_scaffold(user: User, hint: Hint, sent: QueryDict | None, *, solved: bool) -> QuestionView:
    """Return the sub-question of a hint. Replies to it are not stored."""
    item, tries, problem = scaffold_of(hint), [], ""
    if solved:
        tries = [JudgedTry(item, item.correct_reply(), ReplyGrade(True))]
    elif sent is not None:
        try:
            given = parse_certain(item, sent)
            tries = [JudgedTry(item, given, item.grade(given))]
        except UngradableReply as unreadable:
            problem = str(unreadable)
    return _build_view(user, hint.code, item, tries, problem, sent)


def build_unjudged(
    user: User,
    question: Question,
    given: Any,
    problem: str = "",
    sent: QueryDict | None = None,
) -> QuestionView:
    """Return the question of a running test: the stored reply, without any verdict.

    `given` is None if there is no reply yet.
    """
    item = item_of(question)
    tries = [] if given is None else [JudgedTry(item, given, ReplyGrade(False))]
    ask = _build_for_question(user, question, item, tries, None, problem, sent)
    chosen = None if sent is None else set(sent.getlist("given"))
    return replace(
        ask,
        options=tuple(_hide_verdict(option, item, chosen) for option in ask.options),
        # The name of its area, or that it is in none, would say whether the place is right.
        place=ask.place and replace(ask.place, name=""),
        tried=(),
        feedback_html=problem,
        jump=None,
    )


def build_judged(user: User, question: Question, given: Any) -> QuestionView:
    """Return the question for a test's report: the reply, the correct answer and why."""
    item = item_of(question)
    tries = [] if given is None else [judge_reply(item, given)]
    ask = _build_for_question(user, question, item, tries, None, "")
    right = {choice.id for choice in item.choices if choice.correct}
    return replace(
        ask,
        options=tuple(replace(each, right=each.id in right) for each in ask.options),
        tried=(),
        partly="",
        explanation_html=item.explanation_html,
        jump=find_jump(question),
        more="",
    )


def _hide_verdict(
    option: AnswerOption, item: QuestionItem, chosen: Collection[str] | None
) -> AnswerOption:
    """Return the option without a verdict; `chosen`, if given, replaces the stored choice."""
    label = next(choice.linear for choice in item.choices if choice.id == option.id)
    on = option.chosen if chosen is None else option.id in chosen
    return replace(option, chosen=on, tried=False, label=label, feedback_html="")


def _build_for_question(
    user: User,
    question: Question,
    item: QuestionItem,
    tries: Sequence[JudgedTry],
    draw: int | None,
    problem: str,
    sent: QueryDict | None = None,
) -> QuestionView:
    ask = _build_view(user, question.code, item, tries, problem, sent)
    return replace(
        ask,
        prompt_html=question.stem_html + ask.prompt_html,
        skills=", ".join(skill.name for skill in question.skills.all()),
        explanation_html=item.explanation_html if ask.right else "",
        partly=describe_partly(tries, question),
        draw=draw,
        time_s=question.time_s,
        at=format_time(question.time_s or 0),
        jump=None if ask.right else find_jump(question),
        more=more_url(question, draw) if ask.right else "",
    )


def _build_view(
    user: User,
    code: UUID,
    item: QuestionItem,
    tries: Sequence[JudgedTry],
    problem: str,
    sent: QueryDict | None,
) -> QuestionView:
    """Return the question and the contents of its fields: what was sent, else the last attempt."""
    last = tries[-1] if tries else None
    right = any(one.verdict.correct for one in tries)
    unread = bool(problem) and sent is not None
    values, typed = _field_values(item, last, sent if unread else None)
    choices = item.choices if item.has_options else ()
    return QuestionView(
        code=str(code),
        item=item,
        prompt_html=item.lead_html,
        linear=item.linear,
        options=tuple(_make_option(choice, tries, right=right) for choice in choices),
        fields=item.build_fields(values, make_seed(user.code, code)),
        tail_html=item.tail_html,
        typed=typed,
        place=item.find_place(typed),
        units=tuple(unit.name for unit in item.units),
        tried=tuple(dict.fromkeys(_wrong_replies(tries))),
        feedback_html=_feedback_html(item, last, problem),
        explanation_html="",
        right=right,
        unread=unread,
    )


def _field_values(
    item: QuestionItem, last: JudgedTry | None, sent: QueryDict | None
) -> tuple[Mapping[str, str], str]:
    """Return the values of the fields in parts, and that of the single field.

    Numbers in `sent` are shown as they were read; unreadable ones as they were typed.
    """
    if sent is None:
        given = last.given if last else ""
    else:
        try:
            given = parse_reply(item, sent).given
        except UngradableReply:
            return parse_parts(sent), str(sent.get("given", ""))
    shown = item.write_typed(given, current_language())
    return item.split_reply(shown), shown if isinstance(shown, str) else ""


def make_seed(learner: UUID, asked: UUID) -> str:
    """Return what fixes the order in which a Learner sees the rows of a question."""
    return f"{learner} {asked}"


def find_jump(question: Question) -> VideoJump | None:
    if question.jump_from_s is None or question.jump_to_s is None or question.unit is None:
        return None
    start, end = question.jump_from_s, question.jump_to_s
    return VideoJump(
        url=f"/units/{question.unit.code}/?t={start:.1f}#player",
        start=start,
        end=end,
        text=_("Watch {start}–{end} again").format(start=format_time(start), end=format_time(end)),
    )


def more_url(question: Question, draw: int | None) -> str:
    """Return the URL of the same question with new numbers; "" if it has none to draw."""
    if question.parameterised is None or question.unit is None:
        return ""
    return f"/units/{question.unit.code}/?question={question.code}&draw={(draw or 0) + 1}"


def _make_option(choice: AnswerChoice, tries: Sequence[JudgedTry], *, right: bool) -> AnswerOption:
    single = [one for one in tries if one.item.find_option(one.given) == choice.id]
    last = tries[-1].given if tries else None
    chosen = choice.id == last or (isinstance(last, list) and choice.id in last)
    tried = bool(single) and not choice.correct
    return AnswerOption(
        id=choice.id,
        html=choice.html,
        label=_("{choice}, already tried").format(choice=choice.linear) if tried else choice.linear,
        chosen=chosen,
        tried=tried,
        right=right and choice.correct,
        feedback_html=choice.feedback_html if choice.id == last else "",
        area=choice.area,
    )


def _feedback_html(item: QuestionItem, last: JudgedTry | None, problem: str) -> str:
    """Return the feedback below the field. For a single choice it is below the choice instead."""
    if problem:
        return problem
    if last is None or item.shows_feedback_at_choice:
        return ""
    return last.verdict.feedback_html


def _wrong_replies(tries: Sequence[JudgedTry]) -> list[str]:
    return [_name_reply(one.item, one.given) for one in tries if not one.verdict.correct]


def _name_reply(item: QuestionItem, given: Given) -> str:
    """Return a reply in words; the ids of its options, because the page marks each of them."""
    if item.has_options:
        return given if isinstance(given, str) else ", ".join(given)
    return item.describe(given, current_language())
