"""A message stored as its English source and its values, so that each reader sees their
language.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext

Value = str | int | float | list[str] | None


@dataclass(frozen=True, slots=True)
class Said:
    """`source` is English with its `values` in braces."""

    source: str
    values: dict[str, Value]

    def __str__(self) -> str:
        told = gettext(self.source) if self.source else ""
        return told.format(**self.values) if self.values else told


def said(source: str, /, **values: Value) -> Said:
    """Return a message: `message(_("line {line}"), line=3)`, where `_` is `gettext_noop`."""
    return Said(source, values)


def kept(parts: Iterable[str | Said]) -> list[Any]:
    """Return the parts as JSON: a name as it is, a message as its source and values."""
    return [[one.source, one.values] if isinstance(one, Said) else one for one in parts]


def told(kept: Iterable[Any]) -> str:
    """Format stored parts in the reader's language."""
    return ": ".join(str(one if isinstance(one, str) else Said(*one)) for one in kept)
