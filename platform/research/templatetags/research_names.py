"""What a Researcher's page calls the Streams and labels of a task."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from django import template

from consent.stream_names import name_of
from estimates.label_names import heading_of
from research.runs import showing
from research.runs.model import Run

register = template.Library()
register.filter("stream_name", name_of)
register.filter("label_name", heading_of)
register.filter("took", showing.took)
register.filter("figure", showing.value)
register.filter("headline", showing.headline)


@register.filter
def stream_names(streams: Collection[str]) -> str:
    return ", ".join(map(name_of, streams))


@register.filter
def recipe_name(run: Run) -> str:
    return str(showing.RECIPE_NAMES[run.recipe])


@register.filter
def state_name(run: Run) -> str:
    return str(showing.STATE_NAMES[run.state])


@register.filter
def lines(figures: Mapping[str, Any]) -> list[showing.Line]:
    """Every figure of one card."""
    return showing.lines([figures])
