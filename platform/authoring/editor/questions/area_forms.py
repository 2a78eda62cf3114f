"""The areas of a hotspot question in the question form, in percent of the picture.

Each row has the fields of all shapes, and those of its own are read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from authoring import option_ids
from authoring.editor.form_parsing import AuthorForm, Row, write_plain
from courses.answers.numerals import read_number, to_json_number
from courses.question_types import hotspot
from courses.questions.areas import Area, Ellipse, Polygon, Rectangle, read_area

Json = dict[str, Any]
# The field at which a flaw is shown, and what to do.
_FLAW_WORDS: Final = {
    hotspot.NO_PICTURE: ("prompt", lazy("Add one picture with a description.")),
    hotspot.OUTSIDE: ("choices", lazy("An area goes beyond the picture. Make it smaller.")),
    hotspot.CROSSED: (
        "choices",
        lazy("The edges of a polygon cross or touch. Change the order of its points."),
    ),
    hotspot.OVERLAP: (
        "choices",
        lazy("A correct area overlaps an incorrect one. Move one of them, or make it smaller."),
    ),
}
SIDES: Final = ("left", "top", "width", "height")
RADII: Final = ("x", "y", "across", "down")
# A row without a shape is a rectangle, so that a blank row has no value.
SHAPE_WORDS: Final = {
    Ellipse.shape: lazy("Circle or ellipse"),
    Polygon.shape: lazy("Polygon"),
}
MOST_POINTS: Final = 100


def write_areas(row: Mapping[str, Any]) -> tuple[Row, dict[str, list[Row]]]:
    """Return the form fields of the areas."""
    return {}, {"choices": [_write_choice(choice) for choice in row.get("choices", ())]}


def _write_choice(choice: Mapping[str, Any]) -> Row:
    words = {name: choice.get(name, "") for name in ("id", "text", "feedback", "misconception")}
    correct = {"correct": "on"} if choice.get("correct") else {}
    area = _write_area(read_area(choice["area"])) if "area" in choice else {}
    return words | correct | area


def _write_area(area: Area) -> Row:
    if isinstance(area, Polygon):
        points = "\n".join(" ".join(map(write_plain, point)) for point in area.points)
        return {"shape": area.shape, "points": points}
    names = RADII if isinstance(area, Ellipse) else SIDES
    shape = {"shape": area.shape} if isinstance(area, Ellipse) else {}
    return shape | {name: write_plain(getattr(area, name)) for name in names}


def read_areas(form: AuthorForm, _before: Mapping[str, Any]) -> Json:
    """Read the areas; an error says which rule of the question they break."""
    rows = form.rows("choices")
    ids = option_ids.complete_ids([row.get("id", "") for row in rows])
    found = [
        _read_choice(form, number, row, id)
        for number, (row, id) in enumerate(zip(rows, ids, strict=True))
    ]
    if len(found) < 2:
        form.errors["choices"] = _("Add at least two areas.")
    elif not any(choice["correct"] for choice in found):
        form.errors.setdefault("choices", _("Mark at least one area as correct."))
    elif not form.errors:
        _check_areas(form, found)
    return {"choices": found}


def _read_choice(form: AuthorForm, number: int, row: Row, id: str) -> Json:
    at = f"choices-{number}"
    area = _read_area(form, at, row.get("shape", ""))
    text = form.text(f"{at}-text", _("Enter a name for the area, or remove it."))
    words = {name: row.get(name, "").strip() for name in ("feedback", "misconception")}
    filled = {name: value for name, value in words.items() if value}
    correct = bool(row.get("correct"))
    return {"id": id, "text": text, "correct": correct, "area": area.write(), **filled}


def _read_area(form: AuthorForm, at: str, shape: str) -> Area:
    if shape == Polygon.shape:
        return Polygon(tuple(_read_points(form, f"{at}-points")))
    names = RADII if shape == Ellipse.shape else SIDES
    ask = _("Enter a number from 0 to 100.")
    numbers = [form.number(f"{at}-{name}", ask, least=0, most=100) or 0 for name in names]
    for name, size in zip(names[2:], numbers[2:], strict=True):
        if size == 0:
            form.errors.setdefault(f"{at}-{name}", _("Enter a number above 0."))
    return Ellipse(*numbers) if shape == Ellipse.shape else Rectangle(*numbers)


def _read_points(form: AuthorForm, name: str) -> Iterator[tuple[float, float]]:
    """Yield the points, one in each line, that can be read."""
    lines = form.lines(name)
    if not 3 <= len(lines) <= MOST_POINTS:
        form.errors[name] = _("Enter three points or more, one per line.")
    for line in lines[:MOST_POINTS]:
        point = _read_point(line, form.language)
        if point is None:
            form.errors[name] = _(
                "Enter two numbers from 0 to 100 with a space between them, such as 20 35.5: {line}"
            ).format(line=line)
        else:
            yield point


def _read_point(line: str, language: str) -> tuple[float, float] | None:
    """Return a place on the picture; None for anything else, or for what has two meanings."""
    read = [read_number(part, language) for part in line.split()]
    sure = [to_json_number(one.value) for one in read if one is not None and one.certain]
    found = [one for one in sure if one is not None and 0 <= one <= 100]
    return (found[0], found[1]) if len(read) == len(found) == 2 else None


def _check_areas(form: AuthorForm, found: list[Json]) -> None:
    flaw = hotspot.Hotspot.find_flaw({"choices": found}, form.typed.get("prompt", ""))
    if flaw is not None:
        field, words = _FLAW_WORDS[flaw.text]
        form.errors[field] = str(words)
