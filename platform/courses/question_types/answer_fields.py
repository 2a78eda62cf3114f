"""The form fields of a question that is answered in parts, and how they are read."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import QueryDict

PART_PREFIX = "given-"


@dataclass(frozen=True, slots=True)
class FieldPick:
    """One value a field can be set to."""

    id: str
    text: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class AnswerField:
    """One row or gap.

    `html` is the row, or the text before the gap. `label` is for screen readers. A field without
    `picks` takes typed text in `value`, with a unit from `units` if there are any.
    """

    id: str
    html: str
    label: str
    picks: tuple[FieldPick, ...] = ()
    value: str = ""
    number: int = 0
    units: tuple[str, ...] = ()


def parse_parts(fields: QueryDict) -> dict[str, str]:
    """Return the fields that are filled in, by the id of their part."""
    found = {name: str(fields[name]) for name in fields if name.startswith(PART_PREFIX)}
    return {name.removeprefix(PART_PREFIX): text for name, text in found.items() if text.strip()}
