"""The content of one course after that of another: further sections, and nothing replaced."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
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


def append_package(package: Json, other: Mapping[str, Any]) -> Json:
    """Return the package with the sections of the other after its own.

    A skill of the same name, and a misconception with the same words, is the same one. All else
    gets names of its own, so that no question shares its answers with another. So does a tag by
    which either course draws: its tests go on to draw what they drew.
    """
    other = _with_own_tags(package, other)
    skills, skill_slugs = _merge(package["skills"], other["skills"], "name")
    ideas, idea_slugs = _merge(
        package.get("misconceptions", []), other.get("misconceptions", []), "description"
    )
    for row in skills[len(package["skills"]) :]:
        row["prerequisites"] = [skill_slugs[slug] for slug in row.get("prerequisites", ())]
    added = _copy_outline(outlines.outline_of(other), skill_slugs, idea_slugs)
    authors = list(dict.fromkeys([*package.get("authors", ()), *other.get("authors", ())]))
    lists: dict[str, Any] = {"skills": skills, "misconceptions": ideas, "authors": authors}
    lists["license"] = _join_attributions(package.get("license", {}), other.get("license", {}))
    bank = [
        outlines.with_new_id(_rename(row, skill_slugs, idea_slugs)) for row in other.get("bank", ())
    ]
    lists["bank"] = [*package.get("bank", ()), *bank]
    whole = package | {name: rows for name, rows in lists.items() if rows}
    return outlines.with_outline(whole, (*outlines.outline_of(package), *added))


def _with_own_tags(package: Json, other: Mapping[str, Any]) -> Json:
    """Return the other package with new names for tags that are drawn and used in both."""
    mine, theirs = set(_list_tags(package)), dict.fromkeys(_list_tags(other))
    drawn = {tag for each in (package, other) for tag in _list_drawn_tags(each)}
    taken = {*mine, *theirs}
    names: dict[str, str] = {}
    for tag in theirs:
        if tag in mine and tag in drawn:
            names[tag] = add_free_number(tag, taken, LONGEST_TAG)
            taken.add(names[tag])
    return {name: _rename_tags(value, names) for name, value in other.items()}


def _list_tags(package: Mapping[str, Any]) -> Iterator[str]:
    for each in iterate_questions(package):
        yield from each.question.get("tags", ())
    yield from _list_drawn_tags(package)


def _list_drawn_tags(package: Mapping[str, Any]) -> Iterator[str]:
    for unit in package["units"]:
        yield from (row["tag"] for row in unit.get("random_questions", ()))


def _rename_tags(content: Any, names: Mapping[str, str]) -> Any:
    """Return the content with other names for these tags, at any depth."""
    if isinstance(content, list):
        return [_rename_tags(row, names) for row in content]
    if not isinstance(content, Mapping):
        return content
    renamed = {name: _rename_tags(value, names) for name, value in content.items()}
    if "tags" in content:
        renamed["tags"] = [names.get(tag, tag) for tag in content["tags"]]
    if "tag" in content:
        renamed["tag"] = names.get(content["tag"], content["tag"])
    return renamed


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


def _copy_outline(outline: Outline, skills: Mapping[str, str], ideas: Mapping[str, str]) -> Outline:
    """Return copies of the sections; a unit that opens after another opens after its copy."""
    copies = {
        unit["id"]: outlines.with_new_ids(_rename(drop_dates(unit), skills, ideas))
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


def _rename(content: Any, skills: Mapping[str, str], ideas: Mapping[str, str]) -> Any:
    """Return the content with our slugs for its skills and misconceptions, at any depth."""
    if isinstance(content, list):
        return [_rename(row, skills, ideas) for row in content]
    if not isinstance(content, Mapping):
        return content
    renamed = {name: _rename(value, skills, ideas) for name, value in content.items()}
    if "skill" in content:
        renamed["skill"] = skills.get(content["skill"], content["skill"])
    if "skills" in content:
        ours = (skills.get(slug, slug) for slug in content["skills"])
        renamed["skills"] = list(dict.fromkeys(ours))
    if content.get("misconception"):
        renamed["misconception"] = ideas.get(content["misconception"], content["misconception"])
    return renamed
