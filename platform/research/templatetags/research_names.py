"""Names of Streams, labels, recipes and states on the Researchers' pages."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from django import template
from django.utils.translation import gettext

from consent.stream_labels import name_of
from emotion.models.registry import RECIPES
from estimates.label_names import heading_of
from research.runs import view_model
from research.runs.models import Run
from research.runs.paper_tables import EXTENT_NAMES

register = template.Library()
register.filter("stream_name", name_of)
register.filter("label_name", heading_of)
register.filter("took", view_model.measure_duration)
register.filter("figure", view_model.format_figure)
register.filter("headline", view_model.format_headline)


@register.filter
def stream_names(streams: Collection[str]) -> str:
    return ", ".join(map(name_of, streams))


@register.filter
def recipe_name(run: Run) -> str:
    """Return the title of its paper or recipe; the stored name of one that is no longer there."""
    if run.paper is not None:
        return str(view_model.PAPER_TITLES[run.paper])
    found = RECIPES.get(run.recipe)
    return gettext(found.title) if found else run.recipe


@register.filter
def extent_name(run: Run) -> str:
    return str(EXTENT_NAMES[run.extent])


@register.filter
def state_name(run: Run) -> str:
    return str(view_model.STATE_NAMES[run.state])


@register.filter
def lines(figures: Mapping[str, Any]) -> list[view_model.FigureLine]:
    """Return every figure of one card."""
    return view_model.compare_figures([figures])
