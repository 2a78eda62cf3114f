"""The rows of the outline page: its sections, and the units in each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.urls import reverse
from django.utils.translation import gettext_lazy as lazy

from authoring import course_package as packages
from authoring import outline as outlines
from authoring.versions.drafts import WorkingCopy

Json = dict[str, Any]
KIND_WORDS: Final = {
    "video": lazy("video"),
    "external": lazy("video on another site"),
    "reading": lazy("reading"),
    "quiz": lazy("quiz"),
}


@dataclass(frozen=True, slots=True)
class UnitRow:
    """`opens_after` is the title of the unit to finish first, or ""."""

    id: str
    kind: str
    title: str
    words: str
    url: str
    holds: int
    opens_after: str


@dataclass(frozen=True, slots=True)
class SectionRow:
    id: str
    number: int
    title: str
    units: tuple[UnitRow, ...]
    first: bool
    last: bool


def make_rows(working: WorkingCopy) -> list[SectionRow]:
    outline = outlines.outline_of(working.package)
    titles = {unit["id"]: unit["title"] for unit in working.package["units"]}
    return [
        SectionRow(
            id=section.id,
            number=number,
            title=section.title,
            units=tuple(_make_row(working, unit, titles) for unit in section.units),
            first=number == 1,
            last=number == len(outline),
        )
        for number, section in enumerate(outline, start=1)
    ]


def _make_row(working: WorkingCopy, unit: Json, titles: Mapping[str, str]) -> UnitRow:
    return UnitRow(
        id=unit["id"],
        kind=unit["kind"],
        words=str(KIND_WORDS[unit["kind"]]),
        title=unit["title"],
        url=reverse(
            "authoring:unit",
            args=[working.course.slug, packages.code_of(working.course, "unit", unit["id"])],
        ),
        holds=len(unit.get("questions", ()))
        + sum(row["count"] for row in unit.get("random_questions", ())),
        opens_after=titles.get(unit.get("opens_after", ""), ""),
    )
