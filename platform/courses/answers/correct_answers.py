"""The correct reply to a question of any kind."""

from __future__ import annotations

from django.utils.html import escape

from courses.answers.grading import Given
from courses.answers.typed_answers import write_answer, write_answer_html
from courses.models import Question
from courses.questions.question_spec import QuestionItem, item_of


def right_reply(item: QuestionItem) -> Given:
    """Return a reply that grades as correct, in the form in which the question takes it."""
    if item.kind == "cloze":
        return [f"{gap.id}={right_reply(gap.item)}" for gap in item.gaps]
    if item.kind == "match":
        return [f"{row.id}={row.match}" for row in item.choices]
    if item.kind == "order":
        return [row.id for row in item.choices]
    if item.kind == "multiple":
        return [choice.id for choice in item.choices if choice.correct]
    if item.kind == "single":
        return next((choice.id for choice in item.choices if choice.correct), "")
    unit = f" {item.units[0].name}" if item.units else ""
    return f"{item.answer}{unit}"


def right_html(question: Question, language: str) -> str:
    """Return the correct answer as safe HTML, with numbers written as in `language`."""
    item = item_of(question)
    if item.kind == "order":
        return " → ".join(choice.html for choice in item.choices)
    if item.kind == "match":
        parts = {part.id: part.html for part in item.parts}
        return "; ".join(f"{row.html} – {parts[row.match]}" for row in item.choices)
    if item.kind == "cloze":
        return ", ".join(
            _chosen_html(gap.item) or escape(write_answer(gap.item, language)) for gap in item.gaps
        )
    return _chosen_html(item) or write_answer_html(question, item, language)


def _chosen_html(item: QuestionItem) -> str:
    return ", ".join(choice.html for choice in item.choices if choice.correct)
