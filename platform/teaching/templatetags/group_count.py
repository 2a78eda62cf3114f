"""Template tag with a number of people, for pages of other apps."""

from __future__ import annotations

from collections.abc import Mapping

from django import template

from teaching.groups import minimum_group

register = template.Library()


@register.simple_tag
def group_count(simulated: Mapping[int, bool]) -> str:
    """Return how many these people are, or "" if they are fewer than a group."""
    shown = minimum_group.select_group(simulated)
    if not shown:
        return ""
    return minimum_group.format_count(len(shown), simulated=simulated[min(shown)])
