"""What a model mixes up: the percent of each true state that got each answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from charts.figure import Cell, Column, Figure, FigureTable, LegendEntry
from charts.heat_map import HeatCell, HeatRow, draw_heat_map
from research.figures.card_facts import PERCENT, CardData, describe_held_back

CODE: Final = "confusion"
# The percentage from which on a cell has the darkest colour.
DARKEST: Final = 75
# Figures of a model that gives no answer where it is unsure.
ANSWERED: Final = frozenset({"answered", "answered_share"})

Row = tuple[int, ...] | None


def build_confusion(card: CardData, prefix: str, about: str, names: Sequence[str]) -> Figure:
    """Return the heat map of one target; on a card without counts, that it has none."""
    title = _("What it mixes up")
    title = f"{title}: {about}" if about else title
    code = f"{CODE}-{prefix[:-1]}" if prefix else CODE
    people = card.count_people(prefix)
    counts = read_counts(card.figures.get(f"{prefix}confusion"), people, len(names))
    if not any(counts):
        missing = _("This card has no counts of true and given states. Train again to see them.")
        return Figure(code, title, missing=describe_held_back() if counts else missing)
    return Figure(
        code,
        title,
        finding=_("Percent of each true state."),
        stress=_find_worst(counts, names),
        basis=card.basis,
        words=_describe_rows(counts, names),
        drawing=draw_heat_map(
            [_heat_row(names, row, at) for at, row in enumerate(counts)],
            names,
            across=_("answered →"),
            down=_("true state ↓"),
        ),
        table=_tabulate(counts, names, people),
        legend=_explain(counts),
        note=f"{_('Rows add up to 100, up to rounding.')} {_describe_abstentions(card)}".strip(),
        simulated=card.simulated,
    )


def read_counts(
    found: Mapping[str, Any] | None, people: Sequence[int | None], size: int
) -> list[Row]:
    """Return the counts by true state; None for a state of too few people; [] without counts."""
    rows = found.get("counts", ()) if isinstance(found, Mapping) else ()
    if not len(rows) == len(people) == size:
        return []
    return [
        None if row is None or n is None else tuple(int(count) for count in row)
        for row, n in zip(rows, people, strict=True)
    ]


def to_percent(row: Sequence[int]) -> list[int]:
    """Return whole percents of a row; zeros for an empty one."""
    total = sum(row)
    return [round(PERCENT * count / total) if total else 0 for count in row]


def _describe_abstentions(card: CardData) -> str:
    """Return how windows without an answer count; "" of a model that always gives one."""
    if not card.figures.keys() & ANSWERED:
        return ""
    return _("Windows on which it would give no answer count with its best guess.")


def _heat_row(names: Sequence[str], row: Row, own: int) -> HeatRow:
    if row is None:
        return HeatRow(names[own], (None,) * len(names))
    return HeatRow(
        names[own],
        tuple(
            HeatCell(percent / DARKEST, str(percent), at == own)
            for at, percent in enumerate(to_percent(row))
        ),
    )


def _find_worst(counts: Sequence[Row], names: Sequence[str]) -> str:
    """Return the most frequent mistake, in words; "" without one."""
    mistakes = [
        (percent, truth, guess)
        for truth, row in enumerate(counts)
        if row is not None and any(row)
        for guess, percent in enumerate(to_percent(row))
        if guess != truth and percent
    ]
    if not mistakes:
        return ""
    percent, truth, guess = max(mistakes)
    text = _("“{truth}” is taken for “{guess}” {percent} times in 100.")
    return text.format(truth=names[truth], guess=names[guess], percent=percent)


def _describe_rows(counts: Sequence[Row], names: Sequence[str]) -> str:
    lines = []
    for name, row in zip(names, counts, strict=True):
        if row is None:
            lines.append(_("{state}: too few people.").format(state=name))
            continue
        parts = [
            f"{other} {percent}" for other, percent in zip(names, to_percent(row), strict=True)
        ]
        lines.append(f"{name}: {', '.join(parts)}.")
    return " ".join(lines)


def _tabulate(
    counts: Sequence[Row], names: Sequence[str], people: Sequence[int | None]
) -> FigureTable:
    columns = [
        Column("true_state", _("True state")),
        *(Column(name.lower(), name) for name in names),
        Column("all", _("All windows")),
        Column("people", _("People")),
    ]
    rows = [
        (name, *_count_cells(row, len(names)), n)
        for name, row, n in zip(names, counts, people, strict=True)
    ]
    return FigureTable(tuple(columns), tuple(rows))


def _count_cells(row: Row, size: int) -> tuple[Cell, ...]:
    """Return the counts of a true state and their sum; None for each where there are none."""
    return (None,) * (size + 1) if row is None else (*row, sum(row))


def _explain(counts: Sequence[Row]) -> tuple[LegendEntry, ...]:
    found = [LegendEntry("frame", pgettext("an answer", "right"))]
    if any(row is None for row in counts):
        found.append(LegendEntry("gap", _("too few people, never zero")))
    return tuple(found)
