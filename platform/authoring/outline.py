"""The outline of a draft: its sections in order, each with its units, and what changes them.

Nothing is changed in place, so that the package of an open page stays as it was.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any, Final, TypeVar

from authoring.course_package import move_row, new_ref
from authoring.slugs import add_free_number

Json = dict[str, Any]
# As in course.schema.json.
LONGEST_ID: Final = 120
BLANK_UNITS: Final[dict[str, Json]] = {
    "reading": {"format": "markdown", "body": ""},
    "quiz": {"questions": []},
    "video": {"duration": 0, "files": {"captions": []}, "chapters": [], "questions": []},
    "external": {"address": ""},
}


@dataclass(frozen=True, slots=True)
class Section:
    """One lesson as learners see it."""

    id: str
    title: str
    units: tuple[Json, ...] = ()


Outline = tuple[Section, ...]
Row = TypeVar("Row")


def outline_of(package: Mapping[str, Any]) -> Outline:
    """Return the sections; in a package without any, each video begins one.

    The last section also has the units that name none of the sections, so that none is lost.
    """
    units, rows = package["units"], package.get("sections")
    if rows:
        members: dict[str, list[Json]] = {row["id"]: [] for row in rows}
        for unit in units:
            members[unit["section"] if unit.get("section") in members else rows[-1]["id"]] += [unit]
        return tuple(Section(row["id"], row["title"], tuple(members[row["id"]])) for row in rows)
    found: list[Section] = []
    for unit in units:
        if unit["kind"] in ("video", "external") or not found:
            ref = add_free_number(f"section-{unit['id']}"[:LONGEST_ID], _ids(found), LONGEST_ID)
            found.append(Section(ref, unit["title"]))
        found[-1] = replace(found[-1], units=(*found[-1].units, unit))
    return tuple(found)


def with_outline(package: Json, outline: Outline) -> Json:
    """Return the package with these sections and units."""
    sections = [{"id": section.id, "title": section.title} for section in outline]
    units = [unit | {"section": section.id} for section in outline for unit in section.units]
    return package | {"sections": sections, "units": units}


def add_section(outline: Outline, title: str) -> Outline:
    return (*outline, Section(new_ref("section"), title))


def make_unit(kind: str, title: str) -> Json:
    """Return a blank unit."""
    return {"id": new_ref(kind), "kind": kind, "title": title, "skills": []} | BLANK_UNITS[kind]


def add_unit(outline: Outline, section: str, unit: Json) -> Outline:
    """Add a unit at the end of the section; without any section, it begins the first one."""
    if not outline:
        return (Section(new_ref("section"), unit["title"], (unit,)),)
    return put_unit(outline, unit, section)


def rename_section(outline: Outline, ref: str, title: str) -> Outline:
    return tuple(replace(row, title=title) if row.id == ref else row for row in outline)


def rename_unit(outline: Outline, ref: str, title: str) -> Outline:
    return tuple(
        replace(
            row,
            units=tuple(
                unit | {"title": title} if unit["id"] == ref else unit for unit in row.units
            ),
        )
        for row in outline
    )


def find_unit(outline: Outline, ref: str) -> Json | None:
    return next((unit for row in outline for unit in row.units if unit["id"] == ref), None)


def put_unit(outline: Outline, unit: Json, section: str, before: str = "") -> Outline:
    """Put a unit into the section, before another one or at its end."""
    return tuple(
        replace(row, units=_put(row.units, unit, _places(row.units), before))
        if row.id == section
        else row
        for row in outline
    )


def place_unit(outline: Outline, ref: str, section: str, before: str = "") -> Outline:
    """Move a unit; one that is unknown, or goes to an unknown section, stays where it is."""
    unit = find_unit(outline, ref)
    if unit is None or section not in _ids(outline) or ref == before:
        return outline
    return put_unit(remove_unit(outline, ref), unit, section, before)


def place_section(outline: Outline, ref: str, before: str = "") -> Outline:
    moved = next((row for row in outline if row.id == ref), None)
    if moved is None or ref == before:
        return outline
    rest = tuple(row for row in outline if row.id != ref)
    return _put(rest, moved, _ids(rest), before)


def step_unit(outline: Outline, ref: str, by: int) -> Outline:
    """Move a unit up (−1) or down (1), at the end of its section into the next one."""
    at = next((n for n, row in enumerate(outline) if ref in _places(row.units)), None)
    if at is None:
        return outline
    row = outline[at]
    moved = tuple(move_row(list(row.units), ref, by))
    if moved != row.units:
        return (*outline[:at], replace(row, units=moved), *outline[at + 1 :])
    if not 0 <= at + by < len(outline):
        return outline
    target = outline[at + by]
    before = target.units[0]["id"] if by > 0 and target.units else ""
    return place_unit(outline, ref, target.id, before)


def step_section(outline: Outline, ref: str, by: int) -> Outline:
    ids = _ids(outline)
    if ref not in ids or not 0 <= ids.index(ref) + by < len(ids):
        return outline
    at = ids.index(ref)
    beyond = ids[at - 1 : at] if by < 0 else ids[at + 2 : at + 3]
    return place_section(outline, ref, next(iter(beyond), ""))


def remove_unit(outline: Outline, ref: str) -> Outline:
    return tuple(
        replace(row, units=tuple(unit for unit in row.units if unit["id"] != ref))
        for row in outline
    )


def remove_section(outline: Outline, ref: str) -> Outline:
    """Remove the section with its units."""
    return tuple(row for row in outline if row.id != ref)


def dissolve_section(outline: Outline, ref: str) -> Outline:
    """Remove the section; its units go to the end of the one before, or the start of the next."""
    ids = _ids(outline)
    if ref not in ids or len(ids) < 2:
        return outline
    at = ids.index(ref)
    near = outline[at - 1 if at else 1]
    units = (*near.units, *outline[at].units) if at else (*outline[at].units, *near.units)
    rest = remove_section(outline, ref)
    return tuple(replace(row, units=units) if row.id == near.id else row for row in rest)


def copy_unit(outline: Outline, ref: str, title: str) -> Outline:
    """Put a copy with this title after the unit; its parts get names of their own."""
    unit = find_unit(outline, ref)
    if unit is None:
        return outline
    copy = with_new_ids(unit) | {"title": title}
    section = next(row for row in outline if ref in _places(row.units))
    after = [*_places(section.units), ""][_places(section.units).index(ref) + 1]
    return put_unit(outline, copy, section.id, after)


def with_new_ids(unit: Json) -> Json:
    """Return a copy of the unit in which it and its questions have names of their own."""
    copy = deepcopy(unit) | {"id": new_ref(unit["kind"])}
    if "questions" in copy:
        copy["questions"] = [with_new_id(row) for row in copy["questions"]]
    return copy


def with_new_id(question: Json) -> Json:
    """Return a copy of the question in which it and its variants have names of their own."""
    copy = deepcopy(question) | {"id": new_ref("question")}
    for variant in copy.get("variants", ()):
        variant["id"] = new_ref("question")
    return copy


def _ids(outline: Sequence[Section]) -> list[str]:
    return [row.id for row in outline]


def _places(units: Sequence[Json]) -> list[str]:
    return [unit["id"] for unit in units]


def _put(rows: tuple[Row, ...], new: Row, ids: Sequence[str], before: str) -> tuple[Row, ...]:
    at = ids.index(before) if before in ids else len(rows)
    return (*rows[:at], new, *rows[at:])
