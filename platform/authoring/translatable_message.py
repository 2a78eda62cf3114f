"""A sentence kept as its source and what stands in it, so that each reader reads it in their own
language, also long after it was said.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext

Value = str | int | float | list[str] | None


@dataclass(frozen=True, slots=True)
class Said:
    """`source` is English with the places of its `values` in braces."""

    source: str
    values: dict[str, Value]

    def __str__(self) -> str:
        told = gettext(self.source) if self.source else ""
        return told.format(**self.values) if self.values else told


def said(source: str, /, **values: Value) -> Said:
    """A sentence with values: `said(_("line {line}"), line=3)`, where `_` is `gettext_noop`."""
    return Said(source, values)


def kept(parts: Iterable[str | Said]) -> list[Any]:
    """As a row keeps them: a name as it is, a sentence as its source and values."""
    return [[one.source, one.values] if isinstance(one, Said) else one for one in parts]


def told(kept: Iterable[Any]) -> str:
    """What was kept, in the reader's language."""
    return ": ".join(str(one if isinstance(one, str) else Said(*one)) for one in kept)
