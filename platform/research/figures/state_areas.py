"""How well each state is recognised: the AUC with its interval, next to what needs no sensing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from charts.figure import Column, Figure, FigureTable, LegendEntry
from charts.forest import ForestAxis, ForestRow, draw_forest, fit_axis
from charts.numerals import format_count
from charts.svg import Drawing
from estimates.label_names import heading_of
from research.figures.card_facts import (
    CardData,
    Interval,
    describe_held_back,
    format_range,
    format_share,
)

CODE: Final = "auc"
CHANCE, STEP = 0.5, 0.1
# Of the areas that one is compared with, the first that a card has.
COMPARED: Final = ("video_", "base_", "logistic_regression_", "elo_")


@dataclass(frozen=True, slots=True)
class StateArea:
    """The AUC of a state, that of a comparison, the gain over it, and the people in the state."""

    name: str
    area: Interval
    mark: float | None
    gain: Interval | None
    people: int | None


def build_state_areas(card: CardData) -> Figure:
    """Return the forest of all states; without areas, why there are none."""
    title = _("How well it recognises each state")
    comparison = _find_comparison(card)
    rows = list(_read_areas(card, comparison))
    if not rows:
        missing = _("This card has no AUC. Train again to see it.")
        missing = describe_held_back() if card.holds_back_all else missing
        return Figure(CODE, title, missing=missing)
    compared = _comparison_name(comparison) if any(row.mark is not None for row in rows) else ""
    stress, finding = _describe(rows, comparison)
    return Figure(
        CODE,
        title,
        stress=stress,
        finding=finding,
        basis=card.basis,
        words=_describe_rows(rows, compared),
        drawing=_draw(rows),
        table=_tabulate(rows, compared),
        legend=_explain(compared),
        simulated=card.simulated,
    )


def _find_comparison(card: CardData) -> str:
    """Return the prefix of the areas to compare with: the video alone if the card has it."""
    keys = [key for state in card.states for key in _keys(state)]
    return next((each for each in COMPARED if any(f"{each}{k}" in card.figures for k in keys)), "")


def _keys(state: str) -> tuple[str, ...]:
    """Return the names under which cards have the area of a state."""
    return (f"auc_{state.lower()}", f"{state.lower()}_auroc", "auc")


def _read_areas(card: CardData, comparison: str) -> Iterator[StateArea]:
    people = dict(zip(card.states, card.count_people(), strict=False))
    for state in card.states:
        key = next((key for key in _keys(state) if key in card.figures), "")
        area = card.read_interval(key)
        if area is not None and not card.is_held_back(state):
            mark = card.read_interval(f"{comparison}{key}") if comparison else None
            gain = card.read_interval(f"gain_over_video_{state.lower()}")
            name = heading_of(state)
            yield StateArea(name, area, mark[0] if mark else None, gain, people.get(state))
    if (matched := card.read_interval("time_matched_auc")) is not None:
        yield StateArea(_("Same minute only"), matched, None, None, None)
    mean = card.read_interval("auroc")
    if mean is not None and not any(key in card.figures for s in card.states for key in _keys(s)):
        yield StateArea(_("Mean of all states"), mean, None, None, None)


def _comparison_name(comparison: str) -> str:
    return {
        "video_": _("the video alone, no sensing"),
        "base_": _("the model it started from"),
        "logistic_regression_": _("logistic regression on the same inputs"),
        "elo_": _("ratings alone"),
    }[comparison]


def _describe(rows: list[StateArea], comparison: str) -> tuple[str, str]:
    """Return the finding: the states that are not seen to be better than without sensing."""
    if comparison == "video_" and any(row.gain for row in rows):
        weak = [row.name for row in rows if row.gain and row.gain[1] <= 0]
        end = _("AUC: how often it ranks two windows rightly, one in the state and one not.")
        if not weak:
            return _("Every state here is recognised better than by knowing the video alone."), end
        text = ngettext(
            "{states} adds nothing that can be seen beyond knowing which video is playing.",
            "{states} add nothing that can be seen beyond knowing which video is playing.",
            len(weak),
        )
        return text.format(states=", ".join(weak)), end
    weak = [row.name for row in rows if row.area[1] <= CHANCE]
    end = _("AUC: 0.5 is chance, 1 is perfect.")
    if not weak:
        return _("Better than chance in every row."), end
    return _("Not shown to be better than chance: {states}.").format(states=", ".join(weak)), end


def _describe_rows(rows: list[StateArea], compared: str) -> str:
    lines = []
    for row in rows:
        text = _("{state} {value}, {range}.").format(
            state=row.name, value=format_share(row.area[0]), range=format_range(*row.area[1:])
        )
        if row.mark is not None:
            text += f" ({compared}: {format_share(row.mark)})"
        lines.append(text)
    return " ".join(lines)


def _draw(rows: list[StateArea]) -> Drawing:
    values = [value for row in rows for value in (*row.area, row.mark) if value is not None]
    low, high = fit_axis(values, least=CHANCE, most=0.9, step=STEP)
    count = round((high - low) / STEP)
    ticks = tuple((low + STEP * at, format_share(low + STEP * at)) for at in range(count + 1))
    axis = ForestAxis(low, high, ticks, line=CHANCE, line_text=_("chance"))
    return draw_forest([_forest_row(row) for row in rows], axis)


def _forest_row(row: StateArea) -> ForestRow:
    value, low, high = row.area
    under = ""
    if row.people is not None:
        under = ngettext("{n} person", "{n} people", row.people).format(n=format_count(row.people))
    return ForestRow(
        row.name,
        value,
        low,
        high,
        mark=row.mark,
        under=under,
        text=format_share(value),
        span=format_range(low, high),
    )


def _tabulate(rows: list[StateArea], compared: str) -> FigureTable:
    columns = [
        Column("state", pgettext("an emotion", "State")),
        Column("auc", _("AUC"), 2),
        Column("low", _("95% interval from"), 2),
        Column("high", pgettext("an interval", "to"), 2),
    ]
    with_gain, with_people = any(r.gain for r in rows), any(r.people is not None for r in rows)
    if compared:
        columns.append(Column("comparison", compared[:1].upper() + compared[1:], 2))
    if with_gain:
        columns += [
            Column("gain", _("Gain"), 2),
            Column("gain_low", _("95% interval from"), 2),
            Column("gain_high", pgettext("an interval", "to"), 2),
        ]
    if with_people:
        columns.append(Column("people", _("People")))
    cells = []
    for row in rows:
        line: list[str | float | int | None] = [row.name, *row.area]
        line += [row.mark] if compared else []
        line += list(row.gain or (None, None, None)) if with_gain else []
        line += [row.people] if with_people else []
        cells.append(tuple(line))
    return FigureTable(tuple(columns), tuple(cells))


def _explain(compared: str) -> tuple[LegendEntry, ...]:
    found = [LegendEntry("range", _("AUC, 95% interval over people"))]
    return (*found, LegendEntry("mark", compared)) if compared else tuple(found)
