"""ROC curves: one panel for each state against the rest, at the same thresholds on every card."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from charts.curves import Panel, draw_panels
from charts.figure import Column, Figure, FigureTable
from estimates.label_names import heading_of
from research.figures.card_facts import (
    CardData,
    describe_held_back,
    format_share,
)

CODE: Final = "roc"
LEVEL_STATE: Final = "HIGH"
HALF: Final = 0.5


def build_roc(card: CardData, prefix: str, about: str) -> Figure:
    """Return the curves of one target; on a card without them, that it has none."""
    title = _("What it costs to miss less")
    title = f"{title}: {about}" if about else title
    code = f"{CODE}-{prefix[:-1]}" if prefix else CODE
    curves = read_curves(card.figures.get(f"{prefix}roc"))
    # The database keeps no order of keys.
    ordered = [*(s for s in card.states if s in curves), *(s for s in curves if s == LEVEL_STATE)]
    hidden = {state for state in card.states if card.is_held_back(state)}
    if prefix:
        # Low and high mirror each other, so that one is drawn.
        ordered = [state for state in ordered if state == LEVEL_STATE]
        hidden = set(ordered) if None in card.count_people(prefix) else set()
    curves = {state: curves[state] for state in ordered if state not in hidden}
    if not curves:
        missing = _("This card has no ROC curves. Train again to see them.")
        return Figure(code, title, missing=describe_held_back() if hidden else missing)
    panels = [_make_panel(card, state, points, prefix) for state, points in curves.items()]
    return Figure(
        code,
        title,
        stress=_describe(curves),
        finding=_(
            "The further a curve keeps above the dashed line, the better: that line is chance."
        ),
        basis=card.basis,
        words=_describe_panels(panels),
        drawing=draw_panels(
            panels,
            across=_("share of other windows wrongly found"),
            up=_("share of the state’s windows found"),
        ),
        table=_tabulate(curves),
        simulated=card.simulated,
    )


def _describe_panels(panels: Sequence[Panel]) -> str:
    return " ".join(f"{panel.name} {panel.text}".strip() + "." for panel in panels)


def read_curves(found: Mapping[str, Any] | None) -> dict[str, list[tuple[float, float, float]]]:
    """Return (threshold, false, true positive rate) by state."""
    if not isinstance(found, Mapping):
        return {}
    return {
        state: [(float(t), float(f), float(h)) for t, f, h in points]
        for state, points in found.items()
    }


def _make_panel(
    card: CardData, state: str, points: Sequence[tuple[float, float, float]], prefix: str
) -> Panel:
    area = card.read_interval(f"{prefix}auroc" if prefix else f"auc_{state.lower()}")
    text = f"AUC {format_share(area[0])}" if area else ""
    way = sorted((false, hit) for _threshold, false, hit in points)
    return Panel(_name(state), text, ((0.0, 0.0), *way, (1.0, 1.0)))


def _describe(curves: Mapping[str, Sequence[tuple[float, float, float]]]) -> str:
    """Return what it costs to find half of the windows of the hardest state."""
    costs = {state: find_cost(points) for state, points in curves.items()}
    worst = max(costs, key=lambda state: costs[state])
    text = _("To find half of “{state}”, {percent} of 100 other windows are wrongly called that.")
    return text.format(state=_name(worst), percent=round(100 * costs[worst]))


def find_cost(points: Sequence[tuple[float, float, float]]) -> float:
    """Return the false positive rate at which the drawn line finds half of the windows."""
    way = [(0.0, 0.0), *sorted((hit, false) for _threshold, false, hit in points), (1.0, 1.0)]
    at = next(at for at, (hit, _false) in enumerate(way) if hit >= HALF)
    (before, left), (after, right) = way[at - 1], way[at]
    return left + (right - left) * (HALF - before) / (after - before)


def _tabulate(curves: Mapping[str, Sequence[tuple[float, float, float]]]) -> FigureTable:
    columns = (
        Column("state", pgettext("an emotion", "State")),
        Column("threshold", _("Threshold"), 2),
        Column("false_positive_rate", _("Wrongly found"), 3),
        Column("true_positive_rate", pgettext("windows", "Found"), 3),
    )
    rows = tuple((_name(state), *point) for state, points in curves.items() for point in points)
    return FigureTable(columns, rows)


def _name(state: str) -> str:
    return pgettext("a level", "High") if state == LEVEL_STATE else heading_of(state)
