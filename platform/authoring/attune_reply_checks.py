"""What the schema cannot say of one reply: ids that meet, gaps in the text, units apart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from authoring.broken import BrokenPackage
from courses import gaps, maths

FILE = "course.json"
Json = Mapping[str, Any]


def check(place: str, reply: Json, text: str) -> None:
    """Raise BrokenPackage at the first thing wrong; `text` is what asks for the reply."""
    rows, parts = reply.get("choices", ()), reply.get("parts", ())
    for what, found in (("choices", rows), ("parts", parts)):
        _apart(place, f"two {what} have the same id", (row["id"] for row in found))
    _check_units(place, reply.get("units", ()))
    if reply["type"] == "match":
        _check_match(place, rows, parts)
    elif reply["type"] == "cloze":
        _check_cloze(place, parts, text)


def _check_match(place: str, rows: Iterable[Json], parts: Iterable[Json]) -> None:
    known = {part["id"] for part in parts}
    for row in rows:
        if row["match"] not in known:
            what = f"the choice {row['id']!r} belongs to the unknown part {row['match']!r}"
            raise BrokenPackage(FILE, place, what)


def _check_cloze(place: str, parts: Iterable[Json], text: str) -> None:
    named, found = [part["id"] for part in parts], gaps.ids(text)
    if found != named:
        what = f"expected the gaps {named} in the text in this order, got {found}"
        raise BrokenPackage(FILE, place, what)
    if any(gaps.ids(fragment) for fragment in maths.fragments(text)):
        raise BrokenPackage(FILE, place, "expected the gaps outside of maths")
    for part in parts:
        _apart(place, "two choices have the same id", (c["id"] for c in part.get("choices", ())))
        _check_units(place, part.get("units", ()))


def _check_units(place: str, units: Iterable[Json]) -> None:
    _apart(place, "two units have the same name", (unit["name"] for unit in units))


def _apart(place: str, what: str, ids: Iterable[str]) -> None:
    found = list(ids)
    if len(set(found)) != len(found):
        raise BrokenPackage(FILE, place, what)
