"""Check what the schema cannot express of one answer: references, gaps, unique ids."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext_noop as _

from authoring.errors import BrokenPackage
from authoring.translatable_message import message
from courses.questions import cloze
from courses.rendering import course_html

FILE = "course.json"
Json = Mapping[str, Any]


def check(place: str, reply: Json, text: str) -> None:
    """Raise BrokenPackage at the first error; `text` is the text that asks for the reply."""
    rows, parts = reply.get("choices", ()), reply.get("parts", ())
    _require_unique(place, _("two choices have the same id"), (row["id"] for row in rows))
    _require_unique(place, _("two parts have the same id"), (row["id"] for row in parts))
    _check_units(place, reply.get("units", ()))
    if reply["type"] == "match":
        _check_match(place, rows, parts)
    elif reply["type"] == "cloze":
        _check_cloze(place, parts, text)


def _check_match(place: str, rows: Iterable[Json], parts: Iterable[Json]) -> None:
    known = {part["id"] for part in parts}
    for row in rows:
        if row["match"] not in known:
            what = message(
                _("the choice {name!r} belongs to the unknown part {part!r}"),
                name=row["id"],
                part=row["match"],
            )
            raise BrokenPackage(FILE, place, what)


def _check_cloze(place: str, parts: Iterable[Json], text: str) -> None:
    named, found = [part["id"] for part in parts], cloze.find_gap_ids(text)
    if found != named:
        what = message(
            _("expected the gaps {named} in the text in this order, got {found}"),
            named=named,
            found=found,
        )
        raise BrokenPackage(FILE, place, what)
    if any(cloze.find_gap_ids(fragment) for fragment in course_html.find_formulas(text)):
        raise BrokenPackage(FILE, place, _("expected the gaps outside of maths"))
    for part in parts:
        _require_unique(
            place, _("two choices have the same id"), (c["id"] for c in part.get("choices", ()))
        )
        _check_units(place, part.get("units", ()))


def _check_units(place: str, units: Iterable[Json]) -> None:
    _require_unique(place, _("two units have the same name"), (unit["name"] for unit in units))


def _require_unique(place: str, what: str, ids: Iterable[str]) -> None:
    found = list(ids)
    if len(set(found)) != len(found):
        raise BrokenPackage(FILE, place, what)
