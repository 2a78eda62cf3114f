"""Find what keeps a draft from being published, with the page where it can be fixed.

`validation` stops at the first flaw. Here each piece is validated separately, so that an Author
sees all flaws, and can save a piece while others are unfinished.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from authoring import opening_conditions, random_questions
from authoring.course_package import BANK, bank_of
from authoring.errors import BrokenPackage
from authoring.formats.attune import validation

Json = Mapping[str, Any]
NO_FILE: Final = _("This video has no file yet.")
NO_ADDRESS: Final = _("This video has no address yet.")
ASKING: Final = ("video", "quiz")
ROWS: Final = ("skills", "misconceptions")
# What refers to other parts of the package: to a section, a unit, the bank.
REFERRING: Final = ("section", "opens_after", "random_questions")


@dataclass(frozen=True, slots=True)
class Flaw:
    """`at` is words, skills, unit, question or builder; `ref` is the id of a unit or question.

    `place` is the place within that piece.
    """

    at: str
    ref: str
    text: str
    place: str = ""


def find_flaws(package: Json) -> list[Flaw]:
    """Return all flaws; a draft without flaws can be published."""
    around = check_details(package)
    if around:
        return around
    found = [flaw for unit in package["units"] for flaw in check_unit(package, unit)]
    bank = bank_of(package)
    found += [flaw for row in bank["questions"] for flaw in check_question(package, bank, row)]
    return found or _validate(package, "builder", "")


def check_details(package: Json) -> list[Flaw]:
    """Check the details, the skills and the misconceptions."""
    found = _validate({**package, "units": [], "bank": []}, "words", "")
    return [
        Flaw("skills" if flaw.place.startswith(ROWS) else "words", "", flaw.text, flaw.place)
        for flaw in found
    ]


def check_unit(package: Json, unit: Json) -> list[Flaw]:
    """Check the unit by itself, and each of its questions."""
    rows = unit.get("questions", ())
    found = [flaw for row in rows for flaw in check_question(package, unit, row)]
    if unit["kind"] == "video" and not unit["files"].get("video"):
        return [Flaw("unit", unit["id"], str(NO_FILE)), *found]
    if unit["kind"] == "external" and not unit["address"]:
        return [Flaw("unit", unit["id"], str(NO_ADDRESS))]
    alone = dict(unit) | ({"questions": []} if unit["kind"] in ASKING else {})
    flaws = _validate(_wrap_unit(package, alone), "unit", unit["id"])
    return [*flaws, *_check_condition(package, unit["id"]), *_check_draws(package, unit), *found]


def _check_condition(package: Json, ref: str) -> list[Flaw]:
    """Check which unit this one opens after, among those of the package."""
    at = next((at for at, unit in enumerate(package["units"]) if unit["id"] == ref), None)
    problem = None if at is None else opening_conditions.find_problem(package["units"], at)
    return [Flaw("unit", ref, str(problem))] if problem else []


def _check_draws(package: Json, unit: Json) -> list[Flaw]:
    """Check that the bank has the random questions of the unit."""
    problem = random_questions.find_problem(unit, package.get("bank", ()))
    return [Flaw("unit", unit["id"], str(problem))] if problem else []


def check_question(package: Json, unit: Json, question: Json) -> list[Flaw]:
    """Check the question with its variants, in a unit that is otherwise valid."""
    holder = {"id": "unit--", "kind": unit["kind"], "title": "Unit", "skills": []}
    if unit["kind"] == "quiz":
        holder["scenario"] = "graded" if unit["id"] == BANK else unit.get("scenario", "course")
    if unit["kind"] == "video":
        holder |= {"duration": unit["duration"] or 1, "files": {"video": "x", "captions": []}}
    return _validate(
        _wrap_unit(package, holder | {"questions": [question]}), "question", question["id"]
    )


def _wrap_unit(package: Json, unit: Json) -> dict[str, Any]:
    """Return an otherwise valid course with this unit alone, without what refers to others."""
    alone = {name: unit[name] for name in unit if name not in REFERRING}
    rows = {name: package[name] for name in ROWS if name in package}
    head = {name: package[name] for name in ("format", "format_version", "slug")}
    return {**head, "title": "Course", "language": "en", **rows, "units": [alone]}


def _validate(package: Json, at: str, ref: str) -> list[Flaw]:
    try:
        validation.check(package)
    except BrokenPackage as broken:
        return [Flaw(at, ref, str(broken.what), str(broken.place))]
    return []
