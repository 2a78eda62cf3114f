"""View model of Runs: names, and the figures of several side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from charts.numerals import format_decimal
from emotion.models.registry import RECIPES, RecipeMeta
from research.figures.figure_names import name_figure
from research.runs.models import Run

STATE_NAMES: Final = {
    "waiting": _("Waiting"),
    "running": _("Training"),
    "done": _("Done"),
    "failed": _("Failed"),
    "cancelled": _("Cancelled"),
}
# By the number of a paper.
PAPER_TITLES: Final = {
    1: _("Paper 1: eye movements, pulse and video content"),
    2: _("Paper 2: faces and physiology (MVP)"),
    3: _("Paper 3: four sub-networks"),
}
MAX_COMPARED: Final = 4


@dataclass(frozen=True, slots=True)
class FigureLine:
    """One figure of all Runs that are compared, with its key; "" where a Run does not have it."""

    name: str
    title: str
    leaky: bool
    values: tuple[str, ...]


def group_recipes() -> dict[str, list[RecipeMeta]]:
    """Return the recipes by what they train on."""
    found: dict[str, list[RecipeMeta]] = {}
    for recipe in RECIPES.values():
        if recipe.public_data:
            group = gettext("Public data set")
        elif recipe.train_on_data:
            group = gettext("Course snapshot or simulated people")
        else:
            group = gettext("Simulated people")
        found.setdefault(group, []).append(recipe)
    return found


def compare_figures(cards: Sequence[Mapping[str, Any]]) -> list[FigureLine]:
    """Return every figure of these cards, side by side."""
    names = dict.fromkeys(
        name for figures in cards for name in figures if _is_figure(figures[name])
    )
    return [
        FigureLine(
            name,
            name_figure(name),
            "leaky" in name,
            tuple(format_figure(each.get(name)) for each in cards),
        )
        for name in sorted(names)
    ]


def format_figure(found: Any) -> str:
    """Format a figure with its interval, if any; "" for other values."""
    if not _is_figure(found):
        return ""
    if isinstance(found, list):
        at, low, high = (_format_number(part) for part in found)
        return f"{at} ({low}–{high})"
    return _format_number(found)


def measure_duration(run: Run) -> timedelta | None:
    """Return how long it was in progress."""
    if run.began_at is None or run.ended_at is None:
        return None
    return timedelta(seconds=round((run.ended_at - run.began_at).total_seconds()))


def select_runs(ids: Sequence[str], runs: Sequence[Run]) -> list[Run]:
    """Return the finished Runs that were picked, or else the newest."""
    done = [run for run in runs if run.state == "done"]
    picked = [run for run in done if str(run.id) in ids]
    return (picked or done)[:MAX_COMPARED]


def format_headline(figures: Mapping[str, Any]) -> str:
    """Return the one figure for a list: macro-F1 on new people, else ""."""
    return format_figure(figures.get("macro_f1"))


def _is_figure(found: Any) -> bool:
    if isinstance(found, bool):
        return False
    if isinstance(found, list):
        return len(found) == 3 and all(isinstance(part, (int, float)) for part in found)
    return isinstance(found, (int, float))


def _format_number(number: float) -> str:
    return str(number) if isinstance(number, int) else format_decimal(number, 3)
