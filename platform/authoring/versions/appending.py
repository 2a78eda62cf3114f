"""The content of one course after that of another: further sections, and nothing replaced."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from authoring import outline as outlines
from authoring.course_package import iterate_questions, new_ref
from authoring.opening_conditions import rename_needed
from authoring.outline import Outline, Section
from authoring.slugs import LONGEST, add_free_number
from courses.models.question import LONGEST_TAG

Json = dict[str, Any]
# Dates are those of one course and its class.
DATES: Final = ("opens_at", "due_at")


@dataclass(frozen=True, slots=True)
class NewNames:
    """Names in the course for those of the other, by the old name; any other stays."""

    skills: Mapping[str, str]
    misconceptions: Mapping[str, str]
    tags: Mapping[str, str]


def append_package(package: Json, other: Mapping[str, Any]) -> Json:
    """Return the package with the sections of the other after its own.

    A skill of the same name, and a misconception with the same words, is the same one. All else
    gets names of its own, so that no question shares its answers with another. So does a tag by
    which either course draws: its tests go on to draw what they drew.
    """
    skills, skill_slugs = _merge(package["skills"], other["skills"], "name")
    ideas, idea_slugs = _merge(
        package.get("misconceptions", []), other.get("misconceptions", []), "description"
    )
    for row in skills[len(package["skills"]) :]:
        row["prerequisites"] = [skill_slugs[slug] for slug in row.get("prerequisites", ())]
    names = NewNames(skill_slugs, idea_slugs, _rename_drawn_tags(package, other))
    added = _copy_outline(outlines.outline_of(other), names)
    authors = list(dict.fromkeys([*package.get("authors", ()), *other.get("authors", ())]))
    lists: dict[str, Any] = {"skills": skills, "misconceptions": ideas, "authors": authors}
    lists["license"] = _join_attributions(package.get("license", {}), other.get("license", {}))
    bank = [outlines.with_new_id(_rename(row, names)) for row in other.get("bank", ())]
    lists["bank"] = [*package.get("bank", ()), *bank]
    whole = package | {name: rows for name, rows in lists.items() if rows}
    return outlines.with_outline(whole, (*outlines.outline_of(package), *added))


def _rename_drawn_tags(package: Json, other: Mapping[str, Any]) -> dict[str, str]:
    """Return new names for those tags of the other package that are drawn and used in both."""
    mine, theirs = set(_list_tags(package)), dict.fromkeys(_list_tags(other))
    drawn = {tag for each in (package, other) for tag in _list_drawn_tags(each)}
    taken = {*mine, *theirs}
    names: dict[str, str] = {}
    for tag in theirs:
        if tag in mine and tag in drawn:
            names[tag] = add_free_number(tag, taken, LONGEST_TAG)
            taken.add(names[tag])
    return names


def _list_tags(package: Mapping[str, Any]) -> Iterator[str]:
    for each in iterate_questions(package):
        yield from each.question.get("tags", ())
    yield from _list_drawn_tags(package)


def _list_drawn_tags(package: Mapping[str, Any]) -> Iterator[str]:
    for unit in package["units"]:
        yield from (row["tag"] for row in unit.get("random_questions", ()))


def drop_dates(unit: Mapping[str, Any]) -> Json:
    return {name: value for name, value in unit.items() if name not in DATES}


def _join_attributions(ours: Json, theirs: Json) -> Json:
    """Return our licence with the credit that the licence of the other course requires."""
    mine, more = (each.get("attribution", "").strip() for each in (ours, theirs))
    if not more or more in mine:
        return ours
    return ours | {"attribution": f"{mine} · {more}" if mine else more}


def _merge(
    ours: Sequence[Json], theirs: Sequence[Json], words: str
) -> tuple[list[Json], dict[str, str]]:
    """Return both lists in one, and our slug for each of their slugs."""
    known = {row[words].strip().casefold(): row["slug"] for row in ours}
    merged, slugs = list(ours), {}
    for row in theirs:
        slug = known.get(row[words].strip().casefold())
        if slug is None:
            taken = {each["slug"] for each in merged}
            slug = add_free_number(row["slug"], taken, LONGEST)
            merged.append({name: row[name] for name in row if name != "id"} | {"slug": slug})
        slugs[row["slug"]] = slug
    return merged, slugs


def _copy_outline(outline: Outline, names: NewNames) -> Outline:
    """Return copies of the sections; a unit that opens after another opens after its copy."""
    copies = {
        unit["id"]: outlines.with_new_ids(_rename(drop_dates(unit), names))
        for section in outline
        for unit in section.units
    }
    refs = {ref: copy["id"] for ref, copy in copies.items()}
    return tuple(
        Section(
            new_ref("section"),
            section.title,
            rename_needed((copies[unit["id"]] for unit in section.units), refs),
        )
        for section in outline
    )


def _rename(content: Any, names: NewNames) -> Any:
    """Return the content with its new names, at any depth."""
    if isinstance(content, list):
        return [_rename(row, names) for row in content]
    if not isinstance(content, Mapping):
        return content
    renamed = {name: _rename(value, names) for name, value in content.items()}
    for one, several, new in (("skill", "skills", names.skills), ("tag", "tags", names.tags)):
        if one in content:
            renamed[one] = new.get(content[one], content[one])
        if several in content:
            renamed[several] = list(dict.fromkeys(new.get(old, old) for old in content[several]))
    if content.get("misconception"):
        old = content["misconception"]
        renamed["misconception"] = names.misconceptions.get(old, old)
    return renamed
