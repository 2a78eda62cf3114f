"""What the Author's pages ask of a form: what stands in a field, what is wrong at it, a moment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import template

from authoring.editor.form_parsing import clock_of

register = template.Library()


@register.filter
def at(found: Mapping[Any, Any] | None, name: Any) -> Any:
    """What stands there by that name, or nothing."""
    return found.get(name, "") if found else ""


@register.filter
def moment(seconds: float) -> str:
    """A time in a video: 1:32.5."""
    return clock_of(seconds)


@register.simple_tag
def cell(*parts: Any) -> str:
    """The name of a field in a row: `choices-0-text`."""
    return "-".join(str(part) for part in parts)
