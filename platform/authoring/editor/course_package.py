"""The package of a draft: what stands where in it, and copies with one thing changed.

Nothing is changed in place: what a page was shown stays what it was.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import Http404

from courses.models import Course

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question of the package, and where it stands; `sibling` = it is a variant of that one."""

    question: Mapping[str, Any]
    unit: Mapping[str, Any]
    sibling: Mapping[str, Any] | None = None

    @property
    def id(self) -> str:
        return str(self.question["id"])


def code_of(course: Course, kind: str, ref: str) -> UUID:
    """The code that a unit or a question of this name has, or will have once it is published."""
    return uuid.uuid5(course.code, f"{kind}/{ref}")


def new_ref(kind: str) -> str:
    """A name that nothing else has; people never read it."""
    return f"{kind}-{uuid.uuid4().hex[:8]}"


def unit_of(course: Course, package: Json, code: UUID) -> Json:
    """A copy of the unit; 404 for none of the draft."""
    for unit in package["units"]:
        if code_of(course, "unit", unit["id"]) == code:
            return deepcopy(unit)
    raise Http404


def asked_of(course: Course, package: Json, code: UUID) -> Asked:
    """The question or variant; 404 for none of the draft."""
    for asked in all_asked(package):
        if code_of(course, "question", asked.id) == code:
            return asked
    raise Http404


def all_asked(package: Mapping[str, Any]) -> Iterator[Asked]:
    """Every question, each followed by its variants."""
    for unit in package["units"]:
        for question in unit.get("questions", ()):
            yield Asked(question, unit)
            for variant in question.get("variants", ()):
                yield Asked(variant, unit, question)


def with_unit(package: Json, unit: Mapping[str, Any]) -> Json:
    """With the unit in place of the one of the same name, or at the end."""
    return package | {"units": _with(package["units"], unit)}


def with_question(
    package: Json, unit: str, question: Mapping[str, Any], sibling: str | None = None
) -> Json:
    """With the question in place of the one of the same name, or last in its unit."""
    units = deepcopy(package["units"])
    for row in units:
        if row["id"] == unit:
            _put(row, question, sibling)
            _name_skill(row, question)
    return package | {"units": units}


def without_question(package: Json, ref: str) -> Json:
    """Without the question and its variants, or without the variant."""
    units = deepcopy(package["units"])
    for unit in units:
        if "questions" in unit:
            unit["questions"] = _without(unit["questions"], ref)
        for question in unit.get("questions", ()):
            if "variants" in question:
                question["variants"] = _without(question["variants"], ref)
    return package | {"units": units}


def moved(rows: list[Json], ref: str, by: int) -> list[Json]:
    """The rows with the one called `ref` moved up (−1) or down (1); at an end nothing moves."""
    at = next((place for place, row in enumerate(rows) if row["id"] == ref), None)
    to = 0 if at is None else at + by
    if at is None or not 0 <= to < len(rows):
        return rows
    swapped = list(rows)
    swapped[at], swapped[to] = swapped[to], swapped[at]
    return swapped


def _put(unit: Json, question: Mapping[str, Any], sibling: str | None) -> None:
    if sibling is None:
        unit["questions"] = _in_order(unit["kind"], _with(unit.get("questions", []), question))
        return
    for row in unit.get("questions", ()):
        if row["id"] == sibling:
            row["variants"] = _with(row.get("variants", []), question)


def _in_order(kind: str, questions: list[Json]) -> list[Json]:
    """Those of a video stand in the order of their times."""
    return sorted(questions, key=lambda row: row["time"]) if kind == "video" else questions


def _name_skill(unit: Json, question: Mapping[str, Any]) -> None:
    """A unit names the skills its questions ask."""
    asked = [question["skill"]] if "skill" in question else question.get("skills", [])
    unit["skills"] = [*unit["skills"], *(name for name in asked if name not in unit["skills"])]


def _with(rows: list[Json], new: Mapping[str, Any]) -> list[Json]:
    if any(row["id"] == new["id"] for row in rows):
        return [dict(new) if row["id"] == new["id"] else row for row in rows]
    return [*rows, dict(new)]


def _without(rows: list[Json], ref: str) -> list[Json]:
    return [row for row in rows if row["id"] != ref]
