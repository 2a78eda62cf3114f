"""Answer fields with one entry per line: an answer, units of a number, choices of a gap."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from authoring import option_ids
from authoring.editor.form_parsing import AuthorForm, Row, write_plain
from courses.answers.numerals import (
    current_language,
    read_number,
    reading_note,
    to_json_number,
    write_formula,
    write_number,
)

Json = dict[str, Any]
MOST_CHOICES: Final = 26
COMPARES: Final = ("words", "cased", "string", "arithmetic")
ANSWER_HELP: Final = gettext_noop("Enter a number, such as 5, 2.5 or 3/4.")


def write_number_answer(answer: Any) -> str:
    """Write a numeric answer as it is typed; a fraction stays unchanged."""
    return write_plain(answer) if "/" not in str(answer) and answer != "" else str(answer)


def read_number_answer(form: AuthorForm, name: str) -> Any:
    """Read a number for course.json: exact, as text where a float is not; 3/4 stays 3/4."""
    reading = form.reading(name, form.text(name, _("Enter the answer.")), ANSWER_HELP)
    if reading is None:
        return ""
    if "/" in reading.plain:
        return reading.plain if " " not in reading.plain else str(reading.value)
    number = to_json_number(reading.value)
    return number if number is not None else format(Decimal(reading.plain), "f")


def write_units(units: Iterable[Mapping[str, Any]]) -> str:
    return "\n".join(f"{unit['name']} = {write_plain(unit['factor'])}" for unit in units)


def read_units(form: AuthorForm, name: str) -> list[Json]:
    """Read one unit per line: `km = 1000`; the first is the unit of the answer."""
    found = []
    for line in form.lines(name):
        unit, _sign, factor = line.rpartition("=")
        reading = read_number(factor, form.language) if unit.strip() else None
        number = None if reading is None else to_json_number(reading.value)
        if reading is None or number is None or number <= 0:
            form.errors[name] = _(
                "Enter each unit with its size, such as km = 1000, not “{line}”."
            ).format(line=line)
            return []
        if not reading.certain:
            written = f"{unit.strip()} = {write_number(reading.plain, form.language)}"
            note = reading_note(reading, form.language)
            form.show_back(name, [note], form.typed[name].replace(line, written))
        found.append({"name": unit.strip(), "factor": number})
    return found


def write_choices(choices: Iterable[Mapping[str, Any]]) -> str:
    return "\n".join(f"{'*' if row.get('correct') else ''}{row['text']}" for row in choices)


def read_choices(form: AuthorForm, name: str, before: Iterable[Mapping[str, Any]]) -> list[Json]:
    """Read one choice per line, the correct one with a star; an unchanged line keeps its id."""
    lines = form.lines(name)[:MOST_CHOICES]
    if len(lines) < 2 or sum(line.startswith("*") for line in lines) != 1:
        form.errors[name] = _(
            "Enter at least two choices, one per line, with a * before the correct one."
        )
        return []
    texts = [line.lstrip("* ") for line in lines]
    ids = option_ids.keep_ids_by_text(before, texts)
    return [
        {"id": id, "text": text, "correct": line.startswith("*")}
        for id, text, line in zip(ids, texts, lines, strict=True)
    ]


def write_wordings(row: Mapping[str, Any]) -> Row:
    """Write the answer and its alternatives; numbers of maths follow the language."""
    wordings = [str(row.get("answer", "")), *row.get("accepted", ())]
    if row.get("compare") == "arithmetic":
        wordings = [write_formula(one, current_language()) for one in wordings]
    # Without a name it is compared as text, too.
    compare = row.get("compare", "words") or "string"
    return {"answer": wordings[0], "accepted": "\n".join(wordings[1:]), "compare": compare}


def read_wordings(form: AuthorForm, at: str, ask: str) -> Json:
    """Read the answer and its alternatives, of the question or of the gap with prefix `at`."""
    compare = _read_compare(form, f"{at}compare")
    answer, accepted = form.text(f"{at}answer", ask), form.lines(f"{at}accepted")
    if compare == "arithmetic":
        answer = form.formula(f"{at}answer", answer)
        accepted = [form.formula(f"{at}accepted", line) for line in accepted]
    return {"answer": answer, "compare": compare} | ({"accepted": accepted} if accepted else {})


def _read_compare(form: AuthorForm, name: str) -> str:
    return form.one_of(name, COMPARES, _("Select how the answer is compared."))
