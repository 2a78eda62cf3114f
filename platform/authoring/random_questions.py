"""The tests of a package that draw from its bank: what keeps one from being published."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from django.utils.translation import gettext_noop as _

from authoring.translatable_message import TranslatableMessage, message
from courses.questions.random_questions import Shortage, find_shortage, read_entries

Json = Mapping[str, Any]


def find_problem(unit: Json, bank: Sequence[Json]) -> TranslatableMessage | None:
    """Return why the unit cannot draw its random questions from the bank; None if it can."""
    entries = read_entries(unit.get("random_questions", ()))
    if entries and unit.get("scenario", "course") == "course":
        return message(_("only a test can draw random questions"))
    if any((100 * Fraction(str(entry.points))).denominator != 1 for entry in entries):
        return message(_("expected points with at most two decimals"))
    short = find_shortage(entries, {row["id"]: row.get("tags", ()) for row in bank})
    return None if short is None else _describe_shortage(short)


def _describe_shortage(short: Shortage) -> TranslatableMessage:
    text = _(
        "the bank has too few questions with the tag “{tag}”. This test draws {count} of them and "
        "{found} are available, without those that it may draw before"
    )
    return message(text, count=short.entry.count, tag=short.entry.tag, found=short.found)
