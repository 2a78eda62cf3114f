"""Whether a model is equally good for groups of people, where enough people are in each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from charts.figure import Column, Figure, FigureTable, LegendEntry
from charts.forest import ForestAxis, ForestRow, draw_forest, fit_axis
from charts.numerals import format_count
from charts.svg import Drawing
from consent.stream_labels import name_of
from research.figures import shown_figures
from research.figures.card_facts import PERCENT, CardData, describe_held_back

CODE: Final = "groups"
GAP: Final = "gap_"
SIMULATED: Final = "simulated"


@dataclass(frozen=True, slots=True)
class GroupSide:
    """One side of a group: its macro-F1 in percent with interval.

    None where either side has too few people, since one and the total tell the other.
    """

    group: str
    name: str
    people: int
    span: tuple[float, float, float] | None


@dataclass(frozen=True, slots=True)
class GroupDifference:
    """The difference between people in a group and the others, in percentage points."""

    group: str
    value: float
    low: float
    high: float

    @property
    def is_seen(self) -> bool:
        return self.low > 0 or self.high < 0


def build_groups(card: CardData) -> Figure:
    """Return both sides of each group, or the gaps alone where the card has no more."""
    title = _("Is it equally good for everyone?")
    sides, gaps = list(_read_sides(card)), list(_read_gaps(card))
    if not sides and not gaps:
        held_back = any(name.startswith(GAP) for name in card.figures)
        missing = _("This card compares no groups of people.")
        missing = describe_held_back() if held_back else missing
        return Figure(CODE, title, missing=missing)
    compares = _("Macro-F1, on people it was not trained on.")
    return Figure(
        CODE,
        title,
        stress=_describe(gaps),
        finding=compares,
        basis=card.basis,
        words=_describe_sides(sides) if sides else _describe_gaps(gaps),
        drawing=_draw_sides(sides, card) if sides else _draw_gaps(gaps),
        table=_tabulate_sides(sides) if sides else _tabulate_gaps(gaps),
        legend=_explain(sides),
        note=_("A group is the people who have a sensor. Both sides are estimated without it."),
        simulated=card.simulated,
    )


def _read_sides(card: CardData) -> Iterator[GroupSide]:
    for group, (those, others) in sorted(_groups_of(card).items()):
        shown = shown_figures.shows_group((those, others), card.floor)
        for word, (value, low, high, people) in (
            (pgettext("a sensor", "with"), those),
            (pgettext("a sensor", "without"), others),
        ):
            span = (PERCENT * value, PERCENT * low, PERCENT * high)
            yield GroupSide(group_name(group), word, people, span if shown else None)


def _read_gaps(card: CardData) -> Iterator[GroupDifference]:
    shown = shown_figures.list_shown(card.figures, card.floor)
    for name in sorted(shown):
        found = card.read_interval(name) if name.startswith(GAP) else None
        if found is not None:
            yield GroupDifference(
                group_name(name.removeprefix(GAP)), *(PERCENT * part for part in found)
            )


def _groups_of(card: CardData) -> Mapping[str, Any]:
    found = card.figures.get(CODE)
    return found if isinstance(found, Mapping) else {}


def group_name(group: str) -> str:
    """Return the name of a group: of a sensor, or of simulated people."""
    return str(capfirst(_("simulated people") if group == SIMULATED else name_of(group)))


def _describe(gaps: Sequence[GroupDifference]) -> str:
    seen = [gap for gap in gaps if gap.is_seen]
    if not gaps:
        return ""
    if not seen:
        return _("No difference between groups was seen.")
    worst = max(seen, key=lambda gap: abs(gap.value))
    less = _("With “{group}” it is {points} points worse ({low} to {high}).")
    more = _("With “{group}” it is {points} points better ({low} to {high}).")
    ends = sorted(round(abs(end)) for end in (worst.low, worst.high))
    return (less if worst.value < 0 else more).format(
        group=worst.group, points=round(abs(worst.value)), low=ends[0], high=ends[1]
    )


def _describe_sides(sides: Sequence[GroupSide]) -> str:
    return " ".join(f"{side.group}, {side.name}: {_span_text(side.span)}." for side in sides)


def _describe_gaps(gaps: Sequence[GroupDifference]) -> str:
    return " ".join(f"{gap.group}: {_gap_text(gap)}." for gap in gaps)


def _span_text(span: tuple[float, float, float] | None) -> str:
    if span is None:
        return _("too few people")
    value, low, high = (round(part) for part in span)
    return f"{value} ({low}–{high})"


def _gap_text(gap: GroupDifference) -> str:
    return f"{_signed(gap.value)} ({_gap_range(gap)})"


def _gap_range(gap: GroupDifference) -> str:
    return _("{low} to {high}").format(low=_signed(gap.low), high=_signed(gap.high))


def _signed(points: float) -> str:
    whole = round(points)
    sign = "\u2212" if whole < 0 else "+" if whole > 0 else ""
    return f"{sign}{abs(whole)}"


def _draw_sides(sides: Sequence[GroupSide], card: CardData) -> Drawing:
    values = [part for side in sides if side.span for part in side.span]
    overall = card.read_interval("macro_f1")
    line = PERCENT * overall[0] if overall else None
    values += [line] if line is not None else []
    low, high = fit_axis(values, least=PERCENT, most=0, step=10) if values else (0, PERCENT)
    high = max(high, low + 10)
    ticks = tuple((float(at), f"{at:.0f}") for at in range(int(low), int(high) + 1, 10))
    axis = ForestAxis(low, high, ticks, line=line, line_text=pgettext("people", "all"))
    return draw_forest(list(_side_rows(sides)), axis)


def _side_rows(sides: Sequence[GroupSide]) -> Iterator[ForestRow]:
    last = ""
    for side in sides:
        if side.group != last:
            yield ForestRow(side.group, heading=True)
        last = side.group
        if side.span is None:
            yield ForestRow(side.name, gap=_("too few people"))
            continue
        name = f"{side.name} ({format_count(side.people)})"
        value, low, high = (round(part) for part in side.span)
        yield ForestRow(name, *side.span, text=str(value), span=f"{low}–{high}")


def _draw_gaps(gaps: Sequence[GroupDifference]) -> Drawing:
    values = [part for gap in gaps for part in (gap.low, gap.high)]
    low, high = fit_axis(values, least=-10, most=10, step=10)
    reach = max(-low, high)
    ticks = tuple((at, _signed(at)) for at in (-reach, -reach / 2, 0.0, reach / 2, reach))
    rows = [ForestRow(gap.group, gap.value, gap.low, gap.high, text=_gap_text(gap)) for gap in gaps]
    return draw_forest(rows, ForestAxis(-reach, reach, ticks, line=0.0))


def _tabulate_sides(sides: Sequence[GroupSide]) -> FigureTable:
    columns = (
        Column("group", _("Group")),
        Column("side", _("Sensor")),
        Column("macro_f1_percent", _("Macro-F1, %"), 1),
        Column("low", _("95% interval from"), 1),
        Column("high", pgettext("an interval", "to"), 1),
        Column("people", _("People")),
    )
    rows = tuple(
        (
            side.group,
            side.name,
            *(side.span or (None, None, None)),
            side.people if side.span else None,
        )
        for side in sides
    )
    return FigureTable(columns, rows)


def _tabulate_gaps(gaps: Sequence[GroupDifference]) -> FigureTable:
    columns = (
        Column("group", _("Group")),
        Column("difference_points", _("Difference, points"), 1),
        Column("low", _("95% interval from"), 1),
        Column("high", pgettext("an interval", "to"), 1),
    )
    return FigureTable(columns, tuple((gap.group, gap.value, gap.low, gap.high) for gap in gaps))


def _explain(sides: Sequence[GroupSide]) -> tuple[LegendEntry, ...]:
    text = (
        _("macro-F1 in percent")
        if sides
        else _("with the sensor minus without it, percentage points")
    )
    found = [LegendEntry("range", _("{figure}, 95% interval over people").format(figure=text))]
    if any(side.span is None for side in sides):
        found.append(LegendEntry("gap", _("too few people, never zero")))
    return tuple(found)
