"""Convert a reply between the typed form of a page's language and the stored form."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from html import escape

from django.utils.translation import gettext as _

from courses.answers.expression_match import is_expression
from courses.answers.grading import Given, UngradableReply, read_quantity
from courses.answers.numerals import (
    MAX_LENGTH,
    NumberReading,
    read_formula,
    read_number,
    to_plain,
    write_formula,
    write_number,
)
from courses.answers.quantities import read_plain, split_quantity
from courses.models import Hint, Question
from courses.questions.question_spec import QuestionItem


@dataclass(frozen=True, slots=True)
class TypedReply:
    """`given` is graded and stored; `notes` explain each reading that may surprise."""

    given: Given
    notes: tuple[str, ...] = ()


def read_reply(item: QuestionItem, typed: Given, language: str) -> TypedReply:
    """Read the numbers of a reply as written in this language; raise UngradableReply."""
    if item.kind == "cloze" and not isinstance(typed, str):
        return _read_gaps(item, typed, language)
    if not isinstance(typed, str) or not typed.strip() or len(typed) > MAX_LENGTH:
        return TypedReply(typed)
    if item.kind == "numeric":
        return _read_quantity(item, typed, language)
    return _read_formula(typed, language) if _is_formula(item) else TypedReply(typed)


def write_reply(item: QuestionItem, given: Given, language: str) -> Given:
    """Write a stored reply as people type it in this language."""
    if item.kind == "cloze" and not isinstance(given, str):
        return _change_gaps(item, given, lambda _, gap, text: str(write_reply(gap, text, language)))
    if not isinstance(given, str):
        return given
    if item.kind == "numeric":
        return _write_quantity(item, given, language)
    return write_formula(given, language) if _is_formula(item) else given


def write_answer(item: QuestionItem, language: str) -> str:
    """Write the correct answer of a numeric, text or gap question for display."""
    if item.kind != "numeric":
        return str(write_reply(item, item.answer, language))
    return write_number(item.answer if "/" in item.answer else to_plain(item.answer), language)


def write_answer_html(row: Question | Hint, item: QuestionItem, language: str) -> str:
    """Return the correct answer as HTML: as its author wrote it, else in the page's language."""
    return row.answer_html if row.answer_text else escape(write_answer(item, language))


def reading_note(reading: NumberReading, language: str) -> str:
    """Say how a number was read where it has another meaning in other languages, else ""."""
    if reading.certain:
        return ""
    read = write_number(reading.plain, language)
    if not reading.other:
        return _("Read as {number}.").format(number=read)
    other = write_number(reading.other, language)
    return _("Read as {number}, not as {other}.").format(number=read, other=other)


def _read_quantity(item: QuestionItem, typed: str, language: str) -> TypedReply:
    reading, unit = read_quantity(item, typed, partial(read_number, language=language))
    note = reading_note(reading, language)
    return TypedReply(f"{reading.plain} {unit}".strip(), (note,) if note else ())


def _read_formula(typed: str, language: str) -> TypedReply:
    found = read_formula(typed, language)
    return TypedReply(found.plain, tuple(reading_note(each, language) for each in found.unsure))


def _read_gaps(item: QuestionItem, typed: Sequence[str], language: str) -> TypedReply:
    """Read each gap by its own kind; notes and errors name the gap by its number."""
    places = {gap.id: place for place, gap in enumerate(item.gaps, 1)}
    notes: list[str] = []

    def read(id: str, gap: QuestionItem, text: str) -> str:
        template = _("Gap {place}: {problem}")
        try:
            found = read_reply(gap, text, language)
        except UngradableReply as unreadable:
            raise UngradableReply(
                template.format(place=places[id], problem=unreadable)
            ) from unreadable
        notes.extend(template.format(place=places[id], problem=note) for note in found.notes)
        return str(found.given)

    return TypedReply(_change_gaps(item, typed, read), tuple(notes))


def _change_gaps(
    item: QuestionItem, given: Sequence[str], change: Callable[[str, QuestionItem, str], str]
) -> list[str]:
    """Replace the text of each gap; `change` gets its id, its item and the text."""
    own = {gap.id: gap.item for gap in item.gaps}
    parted = [text.partition("=") for text in given]
    return [
        f"{id}={change(id, own[id], text)}" if sign and id in own else f"{id}{sign}{text}"
        for id, sign, text in parted
    ]


def _is_formula(item: QuestionItem) -> bool:
    """Return whether the text is compared as maths, so that its numbers must be read."""
    return item.kind == "text" and item.compare == "arithmetic" and is_expression(item.answer)


def _write_quantity(item: QuestionItem, given: str, language: str) -> str:
    """Write the number in this language; return a reply that cannot be read as it is stored."""
    names = [unit.name for unit in item.units]
    reading, unit = split_quantity(given, names) if names else (read_plain(given), "")
    if reading is None or (unit and unit not in names):
        return given
    return f"{write_number(reading.plain, language)} {unit}".strip()
