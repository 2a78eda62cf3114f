"""The areas of a hotspot question in the question form, in percent of the picture."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from authoring import option_ids
from authoring.editor.form_parsing import AuthorForm, Row, write_plain
from courses.question_types import hotspot

Json = dict[str, Any]
# The field at which a flaw is shown, and what to do.
_FLAW_WORDS: Final = {
    hotspot.NO_PICTURE: ("prompt", lazy("Add one picture with a description.")),
    hotspot.OUTSIDE: ("choices", lazy("An area goes beyond the picture. Make it smaller.")),
    hotspot.OVERLAP: (
        "choices",
        lazy("A correct area overlaps an incorrect one. Move one of them, or make it smaller."),
    ),
}
SIDES: Final = ("left", "top", "width", "height")


def write_areas(row: Mapping[str, Any]) -> tuple[Row, dict[str, list[Row]]]:
    """Return the form fields of the areas."""
    return {}, {"choices": [_write_area(choice) for choice in row.get("choices", ())]}


def _write_area(choice: Mapping[str, Any]) -> Row:
    words = {name: choice.get(name, "") for name in ("id", "text", "feedback", "misconception")}
    correct = {"correct": "on"} if choice.get("correct") else {}
    sides = zip(SIDES, choice.get("area", ()), strict=False)
    return words | correct | {side: write_plain(number) for side, number in sides}


def read_areas(form: AuthorForm, _before: Mapping[str, Any]) -> Json:
    """Read the areas; an error says which rule of the question they break."""
    rows = form.rows("choices")
    ids = option_ids.complete_ids([row.get("id", "") for row in rows])
    found = [
        _read_area(form, number, row, id)
        for number, (row, id) in enumerate(zip(rows, ids, strict=True))
    ]
    if len(found) < 2:
        form.errors["choices"] = _("Add at least two areas.")
    elif not any(area["correct"] for area in found):
        form.errors.setdefault("choices", _("Mark at least one area as correct."))
    elif not form.errors:
        _check_areas(form, found)
    return {"choices": found}


def _read_area(form: AuthorForm, number: int, row: Row, id: str) -> Json:
    at = f"choices-{number}"
    ask = _("Enter a number from 0 to 100.")
    area = [form.number(f"{at}-{side}", ask, least=0, most=100) or 0 for side in SIDES]
    for side, size in zip(SIDES[2:], area[2:], strict=True):
        if size == 0:
            form.errors.setdefault(f"{at}-{side}", _("Enter a number above 0."))
    text = form.text(f"{at}-text", _("Enter a name for the area, or remove it."))
    words = {name: row.get(name, "").strip() for name in ("feedback", "misconception")}
    filled = {name: value for name, value in words.items() if value}
    return {"id": id, "text": text, "correct": bool(row.get("correct")), "area": area, **filled}


def _check_areas(form: AuthorForm, found: list[Json]) -> None:
    flaw = hotspot.Hotspot.find_flaw({"choices": found}, form.typed.get("prompt", ""))
    if flaw is not None:
        field, words = _FLAW_WORDS[flaw.text]
        form.errors[field] = str(words)
