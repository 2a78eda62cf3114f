"""How a training went: its validation loss, epoch by epoch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from charts.curves import CurveLine, draw_lines
from charts.figure import Column, Figure, FigureTable, LegendEntry
from charts.numerals import format_count, format_decimal

CODE: Final = "learning"
# Key of a Run's figures: for each network that it trained, [epoch, validation loss].
FIGURE: Final = "learning_curves"
# A line needs so many points; the first networks of a Run are drawn.
LEAST_EPOCHS, MOST_LINES = 2, 6

Curve = list[tuple[float, float]]


def build_learning_curve(figures: Mapping[str, Any], *, simulated: bool) -> Figure:
    """Return the curve of a Run; for one that trained no network by epochs, that it has none."""
    title = _("How it learned")
    curves = [_read_curve(each) for each in figures.get(FIGURE, ())]
    curves = [curve for curve in curves if len(curve) >= LEAST_EPOCHS]
    others, curves = len(curves[MOST_LINES:]), curves[:MOST_LINES]
    if not curves:
        missing = _("This training kept no loss by epoch, or it ran before that was kept.")
        return Figure(CODE, title, missing=missing)
    return Figure(
        CODE,
        title,
        stress=_describe(curves[0]),
        finding=_("Loss on people who are not in the training data; lower is better."),
        words=_describe(curves[0]),
        drawing=draw_lines(
            [*(CurveLine(tuple(c), "thin") for c in curves[1:]), CurveLine(tuple(curves[0]))],
            across=_("epoch"),
            up=_("validation loss"),
        ),
        table=_tabulate(curves),
        legend=_explain(curves),
        note=_describe_others(others),
        simulated=simulated,
    )


def _read_curve(points: Sequence[Sequence[float]]) -> Curve:
    return [(float(epoch), float(loss)) for epoch, loss in points]


def _describe(curve: Curve) -> str:
    best = min(curve, key=lambda point: point[1])
    text = _("Best after epoch {epoch} of {epochs}, at a loss of {loss}.")
    return text.format(
        epoch=int(best[0]), epochs=int(curve[-1][0]), loss=format_decimal(best[1], 3)
    )


def _describe_others(count: int) -> str:
    """Return how many further networks the Run trained; "" if all are drawn."""
    if not count:
        return ""
    text = ngettext(
        "{n} more network was trained. Its curve is not drawn.",
        "{n} more networks were trained. Their curves are not drawn.",
        count,
    )
    return text.format(n=format_count(count))


def _tabulate(curves: Sequence[Curve]) -> FigureTable:
    """Return a row for each epoch, and a column for each network."""
    names = [_("Network {number}").format(number=at) for at in range(1, len(curves) + 1)]
    epochs = sorted({epoch for curve in curves for epoch, _loss in curve})
    losses = [dict(curve) for curve in curves]
    rows = tuple((int(at), *(each.get(at) for each in losses)) for at in epochs)
    columns = [Column(f"loss_{at}", name, 4) for at, name in enumerate(names, start=1)]
    return FigureTable((Column("epoch", _("Epoch")), *columns), rows)


def _explain(curves: Sequence[Curve]) -> tuple[LegendEntry, ...]:
    if len(curves) < 2:
        return ()
    return (
        LegendEntry("line", _("the first network")),
        LegendEntry("thin", _("others of the same training, such as controls")),
    )
