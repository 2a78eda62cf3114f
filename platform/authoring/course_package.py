"""The package of a draft: find its parts, and copy it with one part changed.

Nothing is changed in place, so that the package of an open page stays as it was.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.http import Http404
from django.utils.translation import gettext as _

from courses.models import Course

Json = dict[str, Any]
# The name of the bank among the units, which none of them can have.
BANK: Final = ""


@dataclass(frozen=True, slots=True)
class PackagedQuestion:
    """A question of the package and its unit, or the bank; a variant also has its `sibling`."""

    question: Mapping[str, Any]
    unit: Mapping[str, Any]
    sibling: Mapping[str, Any] | None = None

    @property
    def id(self) -> str:
        return str(self.question["id"])

    @property
    def in_bank(self) -> bool:
        return bool(self.unit["id"] == BANK)


def code_of(course: Course, kind: str, ref: str) -> UUID:
    """Return the code that a unit or question of this name has once it is published."""
    return uuid.uuid5(course.code, f"{kind}/{ref}")


def new_ref(kind: str) -> str:
    """Return a unique name; people never see it."""
    return f"{kind}-{uuid.uuid4().hex[:8]}"


def find_unit(course: Course, package: Json, code: UUID) -> Json:
    """Return a copy of the unit; raise a 404 where the draft has none with this code."""
    for unit in package["units"]:
        if code_of(course, "unit", unit["id"]) == code:
            return deepcopy(unit)
    raise Http404


def find_question(course: Course, package: Json, code: UUID) -> PackagedQuestion:
    """Return the question or variant; raise a 404 where the draft has none with this code."""
    for packaged in iterate_questions(package):
        if code_of(course, "question", packaged.id) == code:
            return packaged
    raise Http404


def iterate_questions(package: Mapping[str, Any]) -> Iterator[PackagedQuestion]:
    """Yield each question, followed by its variants; those of the bank come last."""
    for unit in (*package["units"], bank_of(package)):
        for question in unit.get("questions", ()):
            yield PackagedQuestion(question, unit)
            for variant in question.get("variants", ()):
                yield PackagedQuestion(variant, unit, question)


def bank_of(package: Mapping[str, Any]) -> Json:
    """Return the bank as a quiz, for what is the same for the questions of a unit."""
    head = {"id": BANK, "kind": "quiz", "title": _("Question bank"), "skills": []}
    return head | {"questions": package.get("bank", [])}


def with_unit(package: Json, unit: Mapping[str, Any]) -> Json:
    """Replace the unit of the same name, or append it."""
    return package | {"units": _with_row(package["units"], unit)}


def with_question(
    package: Json, unit: str, question: Mapping[str, Any], sibling: str | None = None
) -> Json:
    """Replace the question of the same name, or append it to its unit or the bank."""
    if unit == BANK:
        return package | {"bank": _with_row(package.get("bank", []), question)}
    units = deepcopy(package["units"])
    for row in units:
        if row["id"] == unit:
            _put_question(row, question, sibling)
            _add_skills(row, question)
    return package | {"units": units}


def without_question(package: Json, ref: str) -> Json:
    """Remove the question with its variants, or only the variant."""
    if "bank" in package:
        package = package | {"bank": _without_row(package["bank"], ref)}
    units = deepcopy(package["units"])
    for unit in units:
        if "questions" in unit:
            unit["questions"] = _without_row(unit["questions"], ref)
        for question in unit.get("questions", ()):
            if "variants" in question:
                question["variants"] = _without_row(question["variants"], ref)
    return package | {"units": units}


def move_row(rows: list[Json], ref: str, by: int) -> list[Json]:
    """Move the row called `ref` up (−1) or down (1); leave it where it is at an end."""
    at = next((place for place, row in enumerate(rows) if row["id"] == ref), None)
    to = 0 if at is None else at + by
    if at is None or not 0 <= to < len(rows):
        return rows
    swapped = list(rows)
    swapped[at], swapped[to] = swapped[to], swapped[at]
    return swapped


def _put_question(unit: Json, question: Mapping[str, Any], sibling: str | None) -> None:
    if sibling is None:
        unit["questions"] = _sort_questions(
            unit["kind"], _with_row(unit.get("questions", []), question)
        )
        return
    for row in unit.get("questions", ()):
        if row["id"] == sibling:
            row["variants"] = _with_row(row.get("variants", []), question)


def _sort_questions(kind: str, questions: list[Json]) -> list[Json]:
    """Sort the questions of a video by their times."""
    return sorted(questions, key=lambda row: row["time"]) if kind == "video" else questions


def _add_skills(unit: Json, question: Mapping[str, Any]) -> None:
    """Add the skills that the question tests to those of the unit."""
    asked = [question["skill"]] if "skill" in question else question.get("skills", [])
    unit["skills"] = [*unit["skills"], *(name for name in asked if name not in unit["skills"])]


def _with_row(rows: list[Json], new: Mapping[str, Any]) -> list[Json]:
    if any(row["id"] == new["id"] for row in rows):
        return [dict(new) if row["id"] == new["id"] else row for row in rows]
    return [*rows, dict(new)]


def _without_row(rows: list[Json], ref: str) -> list[Json]:
    return [row for row in rows if row["id"] != ref]
