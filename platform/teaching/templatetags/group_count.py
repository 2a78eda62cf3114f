"""Template tag with a number of people, for pages of other apps."""

from __future__ import annotations

from collections.abc import Mapping

from django import template

from teaching.groups import minimum_group

register = template.Library()
FLOOR = "group_floor"


@register.simple_tag(takes_context=True)
def group_count(context: template.Context, simulated: Mapping[int, bool]) -> str:
    """Return how many these people are, or "" if they are fewer than a group."""
    loaded = context.render_context
    if FLOOR not in loaded:  # once for all groups of a page
        loaded[FLOOR] = minimum_group.group_floor()
    shown = minimum_group.select_group(simulated, floor=loaded[FLOOR])
    if not shown:
        return ""
    return minimum_group.format_count(len(shown), simulated=simulated[min(shown)])
