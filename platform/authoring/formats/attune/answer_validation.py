"""Check what the schema cannot express of one answer: references, gaps, unique ids."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext_noop as _

from authoring.errors import BrokenPackage
from authoring.translatable_message import message
from courses.question_types.registry import QUESTION_TYPES

FILE = "course.json"
Json = Mapping[str, Any]


def check(place: str, reply: Json, text: str) -> None:
    """Raise BrokenPackage at the first error; `text` is the text that asks for the reply."""
    rows, parts = reply.get("choices", ()), reply.get("parts", ())
    _require_unique(place, _("two choices have the same id"), (row["id"] for row in rows))
    _require_unique(place, _("two parts have the same id"), (row["id"] for row in parts))
    _check_units(place, reply.get("units", ()))
    flaw = QUESTION_TYPES[reply["type"]].find_flaw(reply, text)
    if flaw is not None:
        raise BrokenPackage(FILE, place, message(flaw.text, **flaw.values))
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
