"""Questions that people mark: where a package may have them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_noop as _

from authoring.course_package import BANK
from authoring.translatable_message import TranslatableMessage, message
from courses.question_types.registry import QUESTION_TYPES

Json = Mapping[str, Any]


def is_open(row: Json) -> bool:
    """Return whether people mark the answers to a question, or to the reply of a hint."""
    return QUESTION_TYPES[row["type"]].is_open


def can_ask(unit: Json) -> bool:
    """Return whether the unit is a test, or the bank."""
    return bool(unit["id"] == BANK or unit.get("scenario", "course") != "course")


def find_problem(unit: Json) -> TranslatableMessage | None:
    """Return why the unit cannot ask one of its questions; None if it can ask all of them.

    An answer must be graded at once in a video, in a quiz of the course, in a variant and in the
    sub-question of a hint.
    """
    questions = unit.get("questions", ())
    variants = [row for question in questions for row in question.get("variants", ())]
    if any(map(is_open, variants)) or any(map(_has_open_hint, [*questions, *variants])):
        return message(_("a variant or a hint cannot be marked by people"))
    if any(map(is_open, questions)) and unit.get("scenario", "course") == "course":
        return message(_("only a test can ask questions that people mark"))
    return None


def _has_open_hint(question: Json) -> bool:
    replies = (hint["reply"] for hint in question.get("hints", ()) if "reply" in hint)
    return any(map(is_open, replies))
