"""The units of a package that open after another one: which they may name, and what breaks that."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext_noop as _

from authoring.outline import Outline
from authoring.translatable_message import TranslatableMessage, message

Json = dict[str, Any]


def find_problem(units: Sequence[Mapping[str, Any]], at: int) -> TranslatableMessage | None:
    """Return why the unit at this place cannot open after the one that it names; None if it can."""
    name = units[at].get("opens_after")
    if name is None:
        return None
    if name == units[at]["id"]:
        return message(_("a unit cannot open after itself"))
    found = {unit["id"]: unit for unit in units[:at]}.get(name)
    if found is not None:
        return None if can_be_finished(found) else _no_questions(found)
    later = next((unit for unit in units[at + 1 :] if unit["id"] == name), None)
    if later is None:
        return message(_("opens after the unknown unit {name!r}"), name=name)
    text = _("opens after {title!r}, which does not come before it")
    return message(text, title=later["title"])


def can_be_finished(unit: Mapping[str, Any]) -> bool:
    """Return False for a quiz without questions, which no Learner can finish."""
    return unit["kind"] != "quiz" or bool(unit.get("questions") or unit.get("random_questions"))


def list_earlier(outline: Outline, ref: str) -> Outline:
    """Return the units before this one, in the sections that have any."""
    found = []
    for section in outline:
        ids = [unit["id"] for unit in section.units]
        before = section.units[: ids.index(ref)] if ref in ids else section.units
        if before:
            found.append(replace(section, units=before))
        if ref in ids:
            break
    return tuple(found)


def find_moved_before(outline: Outline) -> tuple[Json, Json] | None:
    """Return the first unit that comes before the one that it opens after, and that one."""
    seen: dict[str, Json] = {}
    for unit in _units(outline):
        for waiting in seen.values():
            if waiting.get("opens_after") == unit["id"]:
                return waiting, unit
        seen[unit["id"]] = unit
    return None


def drop_unknown(outline: Outline) -> Outline:
    """Return the outline without conditions on units that it does not have."""
    known = {unit["id"] for unit in _units(outline)}
    return tuple(
        replace(section, units=tuple(_without_unknown(unit, known) for unit in section.units))
        for section in outline
    )


def rename_needed(units: Iterable[Json], refs: Mapping[str, str]) -> tuple[Json, ...]:
    """Return the units with the new names of the units that they open after."""
    return tuple(
        unit | {"opens_after": refs.get(unit["opens_after"], unit["opens_after"])}
        if "opens_after" in unit
        else unit
        for unit in units
    )


def _no_questions(unit: Mapping[str, Any]) -> TranslatableMessage:
    text = _("opens after {title!r}, a quiz without questions, which cannot be finished")
    return message(text, title=unit["title"])


def _without_unknown(unit: Json, known: set[str]) -> Json:
    if unit.get("opens_after") is None or unit["opens_after"] in known:
        return unit
    return {name: value for name, value in unit.items() if name != "opens_after"}


def _units(outline: Outline) -> list[Json]:
    return [unit for section in outline for unit in section.units]
