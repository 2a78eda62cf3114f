"""Whether a model is right as often as it is sure, and how often it is so sure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from charts.calibration_plot import CalibrationPoint, describe_calibration, draw_calibration
from charts.figure import Column, Figure, FigureTable, LegendEntry
from charts.numerals import format_decimal
from research.figures.card_facts import PERCENT, CardData, describe_held_back
from research.figures.shown_figures import find_enough

CODE: Final = "calibration"


def build_calibration(card: CardData, prefix: str, about: str) -> Figure:
    """Return the curve of one target; on a card without it, that it has none."""
    title = _("Is it as sure as it should be?")
    title = f"{title} ({about})" if about else title
    code = f"{CODE}-{prefix[:-1]}" if prefix else CODE
    bins = card.figures.get(f"{prefix}calibration", ())
    points = read_points(bins, card.floor)
    if not points:
        missing = _("This card has no calibration curve. Train again to see it.")
        return Figure(code, title, missing=describe_held_back() if bins else missing)
    return Figure(
        code,
        title,
        finding=_("On the dashed line it is right as often as it is sure."),
        stress=_describe(points),
        basis=card.basis,
        words=describe_calibration(points),
        drawing=draw_calibration(points),
        table=_tabulate(points),
        legend=_explain(points),
        note=_describe_error(card, prefix),
        simulated=card.simulated,
    )


def read_points(bins: Sequence[Sequence[float]], floor: int) -> list[CalibrationPoint]:
    """Return the groups of enough people in percent.

    Older cards have no intervals, and no numbers of people: those of real people are not shown.
    """
    shown = find_enough([each[5] if len(each) > 5 else 0 for each in bins], floor)
    return [
        CalibrationPoint(
            PERCENT * said,
            PERCENT * right,
            PERCENT * more[0] if more else None,
            PERCENT * more[1] if more else None,
            int(n),
        )
        for said, right, n, *more in (bins[at] for at in sorted(shown))
    ]


def _describe(points: Sequence[CalibrationPoint]) -> str:
    """Return in which groups it is too sure or too cautious beyond the interval."""
    if any(point.low is None for point in points):
        count = sum(point.n for point in points)
        off = sum(abs(point.said - point.right) * point.n for point in points) / max(1, count)
        text = _("On average it is off by {points} percentage points.")
        return text.format(points=format_decimal(off, 1))
    sure = [p.said - p.right for p in points if p.high is not None and p.said > p.high]
    shy = [p.right - p.said for p in points if p.low is not None and p.said < p.low]
    most = round(max([*sure, *shy], default=0))
    if sure and shy:
        text = _("Too sure in places and too cautious in others, by up to {points} points.")
    elif sure:
        text = _("It is too sure in places, by up to {points} points.")
    elif shy:
        text = _("It is too cautious in places, by up to {points} points.")
    else:
        text = _("No group is off the line by more than its interval.")
    return text.format(points=most)


def _describe_error(card: CardData, prefix: str) -> str:
    """Return the mean calibration error; "" if the card has none of this target alone."""
    alone = len(card.targets) == 1
    found = card.figures.get(f"{prefix}ece", card.figures.get("ece") if alone else None)
    value = found[0] if isinstance(found, Sequence) else found
    if not isinstance(value, (int, float)):
        return ""
    text = _("Mean calibration error (ECE) {error}; 0 is perfect.")
    return text.format(error=format_decimal(value, 3))


def _tabulate(points: Sequence[CalibrationPoint]) -> FigureTable:
    columns = (
        Column("sure_percent", _("Sure, %"), 1),
        Column("right_percent", _("Right, %"), 1),
        Column("low", _("95% interval from"), 1),
        Column("high", pgettext("an interval", "to"), 1),
        Column("windows", _("Windows")),
    )
    rows = tuple((p.said, p.right, p.low, p.high, p.n) for p in points)
    return FigureTable(columns, rows)


def _explain(points: Sequence[CalibrationPoint]) -> tuple[LegendEntry, ...]:
    dot = LegendEntry("dot", _("share right"))
    if any(point.low is None for point in points):
        return (dot,)
    return (dot, LegendEntry("range", _("95% interval over people")))
