"""The difference between two packages of one course: counts, and some names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from authoring.course_package import bank_of
from authoring.outline import outline_of
from courses.rendering import course_html

Json = Mapping[str, Any]
MOST_NAMES: Final = 5
WORDS: Final = ("title", "description", "language", "level", "license", "authors")
HEADINGS: Final = {
    "section": _("Sections:"),
    "unit": _("Units:"),
    "question": _("Questions:"),
    "skill": _("Skills:"),
    "wrong idea": _("Misconceptions:"),
}


@dataclass(frozen=True, slots=True)
class ChangeCount:
    """How many of one kind were added, changed and removed; `names` are some of them."""

    kind: str
    added: int
    changed: int
    removed: int
    names: tuple[str, ...]

    @property
    def any(self) -> bool:
        return bool(self.added or self.changed or self.removed)

    @property
    def heading(self) -> str:
        return str(HEADINGS[self.kind])


@dataclass(frozen=True, slots=True)
class Changes:
    words: bool
    moved: bool
    counts: tuple[ChangeCount, ...]

    @property
    def any(self) -> bool:
        return self.words or self.moved or bool(self.counts)


def compare_packages(before: Json, after: Json) -> Changes:
    """Return the changes from `before` to `after`."""
    divided = bool(before.get("sections") or after.get("sections"))
    order = _places(before, divided), _places(after, divided)
    kept = {*order[0]} & {*order[1]}
    left, right = ([(ref, ids[ref]) for ref in ids if ref in kept] for ids in order)
    counts = (
        _count("section", _sections(before, divided), _sections(after, divided)),
        _count("unit", _units(before), _units(after)),
        _count("question", _questions(before), _questions(after)),
        _count("skill", _slugs(before, "skills"), _slugs(after, "skills")),
        _count("wrong idea", _slugs(before, "misconceptions"), _slugs(after, "misconceptions")),
    )
    return Changes(
        words=any(before.get(name) != after.get(name) for name in WORDS),
        moved=left != right,
        counts=tuple(count for count in counts if count.any),
    )


def as_json(changes: Changes) -> dict[str, Any]:
    """Return the changes as JSON for a row."""
    return asdict(changes)


def from_json(kept: Json) -> Changes:
    """Return the changes from the JSON of `as_json`."""
    counts = tuple(ChangeCount(**{**row, "names": tuple(row["names"])}) for row in kept["counts"])
    return Changes(words=kept["words"], moved=kept["moved"], counts=counts)


def _places(package: Json, divided: bool) -> dict[str, str]:
    """Return the section of each unit, in order, if the Author made any."""
    rows = outline_of(package)
    return {unit["id"]: row.id if divided else "" for row in rows for unit in row.units}


def _sections(package: Json, divided: bool) -> dict[str, tuple[str, Json]]:
    if not divided:
        return {}
    return {row.id: (row.title, {"title": row.title}) for row in outline_of(package)}


def _units(package: Json) -> dict[str, tuple[str, Json]]:
    """Return the units without their questions and section, which are counted separately."""
    return {
        unit["id"]: (
            unit["title"],
            {name: unit[name] for name in unit if name not in ("questions", "section")},
        )
        for unit in package["units"]
    }


def _questions(package: Json) -> dict[str, tuple[str, Json]]:
    found: dict[str, tuple[str, Json]] = {}
    for unit in (*package["units"], bank_of(package)):
        for question, own in _with_variants(unit):
            found[question["id"]] = (
                course_html.linear(question["prompt"]),
                own | {"unit": unit["id"]},
            )
    return found


def _with_variants(unit: Json) -> Iterator[tuple[Json, dict[str, Any]]]:
    for question in unit.get("questions", ()):
        yield question, {name: question[name] for name in question if name != "variants"}
        for variant in question.get("variants", ()):
            yield variant, dict(variant)


def _slugs(package: Json, name: str) -> dict[str, tuple[str, Json]]:
    rows = package.get(name, ())
    return {row["slug"]: (row.get("name") or row["description"], row) for row in rows}


def _count(
    kind: str, before: Mapping[str, tuple[str, Json]], after: Mapping[str, tuple[str, Json]]
) -> ChangeCount:
    added = [key for key in after if key not in before]
    removed = [key for key in before if key not in after]
    changed = [key for key in after if key in before and after[key][1] != before[key][1]]
    names = [after[key][0] for key in (*added, *changed)] + [before[key][0] for key in removed]
    return ChangeCount(kind, len(added), len(changed), len(removed), tuple(names[:MOST_NAMES]))
