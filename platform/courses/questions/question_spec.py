"""A question as it is asked: the JSON columns of a row as checked values."""

from __future__ import annotations

from typing import Any

from courses.models import Hint, Question
from courses.question_types.base import QuestionItem
from courses.question_types.registry import QUESTION_TYPES
from courses.questions import question_parameters
from courses.questions.answer_parts import (
    read_choices,
    read_number_answers,
    read_units,
    read_wrong_answers,
    to_fraction,
)
from courses.questions.rubric import read_rubric
from courses.rendering import course_html


def item_of(question: Question, draw: int | None = None) -> QuestionItem:
    """Return the question with its own numbers, or with those of `draw` if parameterised."""
    if draw is not None:
        return _draw_item(question, draw)
    return QUESTION_TYPES[question.kind](
        prompt_html=question.prompt_html,
        linear=question.linear,
        wrong_answers=read_wrong_answers(question.wrong_answers),
        other_answers=read_number_answers(question.other_answers),
        partial_credit=question.partial_credit,
        rubric=read_rubric(question.rubric),
        word_limit=question.word_limit,
        file_kinds=tuple(question.file_kinds),
        most_files=question.most_files,
        explanation_html=question.explanation_html,
        **_replies_of(question.kind, question),
    )


def scaffold_of(hint: Hint) -> QuestionItem:
    """Return the small question that a scaffold asks."""
    if not hint.reply_kind:
        raise ValueError(f"expected a scaffold, got a hint of kind {hint.kind}")
    return QUESTION_TYPES[hint.reply_kind](
        prompt_html=hint.html, linear=hint.linear, **_replies_of(hint.reply_kind, hint)
    )


def _draw_item(question: Question, draw: int) -> QuestionItem:
    if question.parameterised is None:
        raise ValueError(f"expected a parameterised question for draw {draw}, got {question.ref}")
    drawn = question_parameters.draw_question(question.parameterised, draw)
    return QUESTION_TYPES[question.kind](
        prompt_html=course_html.inline(drawn.prompt),
        linear=course_html.linear(drawn.prompt),
        answer=str(drawn.answer),
        tolerance=to_fraction(question.parameterised["tolerance"]),
        units=read_units(question.units),
    )


def _replies_of(kind: str, row: Question | Hint) -> dict[str, Any]:
    """Return the fields that a question and a scaffold share: what a reply is compared with."""
    return {
        "choices": read_choices(row.choices),
        "answer": row.answer,
        "answer_html": row.answer_html if row.answer_text else "",
        "tolerance": to_fraction(row.tolerance),
        "compare": row.compare,
        "accepted": tuple(row.accepted),
        "units": read_units(row.units),
        **QUESTION_TYPES[kind].read_parts(row.parts),
    }
