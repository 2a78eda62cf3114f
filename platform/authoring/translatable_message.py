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
class TranslatableMessage:
    """`source` is English with its `values` in braces."""

    source: str
    values: dict[str, Value]

    def __str__(self) -> str:
        text = gettext(self.source) if self.source else ""
        return text.format(**self.values) if self.values else text


def message(source: str, /, **values: Value) -> TranslatableMessage:
    """Return a message: `message(_("line {line}"), line=3)`, where `_` is `gettext_noop`."""
    return TranslatableMessage(source, values)


def to_stored(parts: Iterable[str | TranslatableMessage]) -> list[Any]:
    """Return the parts as JSON: a name as it is, a message as its source and values."""
    return [
        [one.source, one.values] if isinstance(one, TranslatableMessage) else one for one in parts
    ]


def format_stored(kept: Iterable[Any]) -> str:
    """Format stored parts in the reader's language."""
    return ": ".join(
        str(one if isinstance(one, str) else TranslatableMessage(*one)) for one in kept
    )
