"""The fields of a question that people mark: a word limit, and the criteria of a rubric."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from django.utils.translation import gettext as _

from authoring import option_ids
from authoring.editor.form_parsing import AuthorForm, Row, write_plain
from courses.answers.numerals import read_number, reading_note, to_json_number, write_number
from courses.models.question import MOST_POINTS
from courses.questions.answer_parts import to_fraction

Json = dict[str, Any]
# As in course.schema.json.
MOST_CRITERIA: Final = 20
LEVELS: Final = range(2, 11)
LONGEST_TEXT: Final = 500


def write_essay(row: Mapping[str, Any]) -> tuple[Row, dict[str, list[Row]]]:
    """Return the form fields of an essay."""
    return {"word_limit": write_plain(row.get("word_limit"))}, {"criteria": write_rubric(row)}


def read_essay(form: AuthorForm, before: Mapping[str, Any]) -> Json:
    """Read the word limit and the rubric; an essay may have neither."""
    made = {
        "word_limit": form.whole_number("word_limit", least=1),
        "rubric": read_rubric(form, before),
    }
    return {name: value for name, value in made.items() if value}


def write_rubric(row: Mapping[str, Any]) -> list[Row]:
    """Return the rows of the criteria."""
    return [
        {"id": each["id"], "text": each["text"], "levels": _write_levels(each["levels"])}
        for each in row.get("rubric", ())
    ]


def _write_levels(levels: Iterable[Mapping[str, Any]]) -> str:
    return "\n".join(f"{level['text']} = {write_plain(level['points'])}" for level in levels)


def read_rubric(form: AuthorForm, before: Mapping[str, Any]) -> list[Json]:
    """Read the criteria; ids of those that were in the rubric `before` stay."""
    rows = form.rows("criteria")
    if len(rows) > MOST_CRITERIA:
        form.errors["criteria"] = _("Add at most {most} criteria.").format(most=MOST_CRITERIA)
    had = {each["id"]: each["levels"] for each in before.get("rubric", ())}
    ids = option_ids.complete_ids([row.get("id", "") for row in rows])
    return [
        {
            "id": id,
            "text": _read_text(form, f"criteria-{number}-text"),
            "levels": _read_levels(form, f"criteria-{number}-levels", had.get(id, ())),
        }
        for number, id in enumerate(ids)
    ]


def _read_text(form: AuthorForm, name: str) -> str:
    text = " ".join(form.text(name, _("Enter the criterion, or remove it.")).split())
    if len(text) > LONGEST_TEXT:
        form.errors[name] = _("Enter at most {count} characters.").format(count=LONGEST_TEXT)
    return text


def _read_levels(form: AuthorForm, name: str, before: Iterable[Mapping[str, Any]]) -> list[Json]:
    """Read one level per line: `Clear thesis = 3`; an unchanged text keeps its id."""
    found = [_read_level(form, name, line) for line in form.lines(name)]
    if name in form.errors:
        return []
    if len(found) not in LEVELS:
        form.errors[name] = _("Enter 2 to 10 levels, one per line.")
    elif not any(each["points"] for each in found):
        form.errors[name] = _("Give points to at least one level.")
    ids = option_ids.keep_ids_by_text(before, [each["text"] for each in found])
    return [{"id": id, **each} for id, each in zip(ids, found, strict=True)]


def _read_level(form: AuthorForm, name: str, line: str) -> Json:
    text, _sign, points = (part.strip() for part in line.rpartition("="))
    reading = read_number(points, form.language) if text else None
    number = None if reading is None else to_json_number(reading.value)
    if reading is None or number is None or len(text) > LONGEST_TEXT or not _fits(number):
        form.errors[name] = _(
            "Enter each level with its points, such as Clear thesis = 3, not “{line}”."
        ).format(line=line)
        return {"text": text, "points": 0}
    if not reading.certain:
        written = f"{text} = {write_number(reading.plain, form.language)}"
        note = reading_note(reading, form.language)
        form.show_back(name, [note], form.typed[name].replace(line, written))
    return {"text": text, "points": number}


def _fits(points: float) -> bool:
    """Return whether these are points of a level: at most two decimals."""
    return 0 <= points <= MOST_POINTS and (100 * to_fraction(points)).denominator == 1
