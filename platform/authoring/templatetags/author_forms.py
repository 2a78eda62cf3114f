"""Template filters of the Author's pages: values and errors of fields, and times."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import template

from authoring.editor.form_parsing import write_clock

register = template.Library()


@register.filter("at")
def get_value(found: Mapping[Any, Any] | None, name: Any) -> Any:
    """Return the value or error of this name, or ""."""
    return found.get(name, "") if found else ""


@register.filter
def moment(seconds: float) -> str:
    """Write a video time: 1:32.5."""
    return write_clock(seconds)


@register.simple_tag
def cell(*parts: Any) -> str:
    """Return the name of a field in a row: `choices-0-text`."""
    return "-".join(str(part) for part in parts)
