"""Figures of the raters of a task: how far each pair agrees, and which labels they mix up.

A rater who has labelled every moment has seen each of them, so these counts tell nothing new.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from charts.figure import Cell, Column, Figure, FigureTable, LegendEntry
from charts.heat_map import HeatCell, HeatRow, draw_heat_map
from charts.numerals import format_count
from estimates.label_names import heading_of
from research.figures.card_facts import format_share
from research.figures.confusion_matrix import DARKEST, to_percent
from research.labels.rater_agreement import RaterPair, TaskAgreement

PAIRS: Final = "raters"
LABELS: Final = "mixed-labels"


def build_agreement_figures(found: TaskAgreement | None) -> list[Figure]:
    """Return both figures; none before this rater and a second one have labelled."""
    if found is None or not found.alpha:
        return []
    return [_build_pairs(found), *_build_labels(found)]


def _build_pairs(found: TaskAgreement) -> Figure:
    known = {(pair.one, pair.other): pair.kappa.value for pair in found.pairs}
    known |= {(other, one): value for (one, other), value in known.items()}
    names = found.raters
    return Figure(
        PAIRS,
        _("Which raters agree?"),
        stress=_describe_pairs(found.pairs),
        finding=_("Cohen’s κ of each pair: 1 is perfect, 0 is chance level."),
        basis=_describe_basis(found),
        words=" ".join(
            f"{pair.one}, {pair.other}: {_format_kappa(pair.kappa.value)}." for pair in found.pairs
        ),
        drawing=draw_heat_map(
            [
                HeatRow(one, tuple(_pair_cell(one, other, known) for other in names))
                for one in names
            ],
            names,
        ),
        table=_tabulate_pairs(found.pairs),
        legend=(LegendEntry("gap", _("not known, never zero")),),
        note=_("Intervals are 95% intervals over people."),
        simulated=_is_simulated(found),
    )


def _pair_cell(one: str, other: str, known: dict[tuple[str, str], float | None]) -> HeatCell | None:
    if one == other:
        return HeatCell(0.0, "–")
    value = known.get((one, other))
    return None if value is None else HeatCell(value, format_share(value))


def _describe_pairs(pairs: Sequence[RaterPair]) -> str:
    known = [(pair.kappa.value, pair) for pair in pairs if pair.kappa.value is not None]
    if not known:
        return ""
    value, pair = min(known, key=lambda each: each[0])
    text = _("{one} and {other} agree least: κ {value}.")
    return text.format(one=pair.one, other=pair.other, value=format_share(value))


def _tabulate_pairs(pairs: Sequence[RaterPair]) -> FigureTable:
    columns = (
        Column("pair", _("Raters")),
        Column("kappa", "κ", 2),
        Column("low", _("95% interval from"), 2),
        Column("high", pgettext("an interval", "to"), 2),
        Column("moments", _("Moments")),
    )
    rows = [
        (
            _("{one} and {other}").format(one=pair.one, other=pair.other),
            pair.kappa.value,
            pair.kappa.low,
            pair.kappa.high,
            pair.kappa.n,
        )
        for pair in pairs
    ]
    return FigureTable(columns, tuple(rows))


def _build_labels(found: TaskAgreement) -> list[Figure]:
    """Return how often each label met each other one; none without a moment that two labelled."""
    used = [at for at, row in enumerate(found.mixed) if sum(row)]
    if not used:
        return []
    names = [heading_of(found.labels[at].label) for at in used]
    counts = [[found.mixed[row][column] for column in used] for row in used]
    figure = Figure(
        LABELS,
        _("Which labels do raters mix up?"),
        stress=_describe_mistakes(counts, names),
        finding=_("Of 100 times that one rater gave a label: what another rater gave."),
        basis=_describe_basis(found),
        words=_describe_labels(counts, names),
        drawing=draw_heat_map(
            [
                _label_row(name, row, at)
                for at, (name, row) in enumerate(zip(names, counts, strict=True))
            ],
            names,
            across=_("the other rater →"),
            down=_("one rater ↓"),
        ),
        table=_tabulate_labels(counts, names),
        legend=(LegendEntry("frame", _("same label")),),
        note=_("Each moment counts once for each pair of raters, in both directions."),
        simulated=_is_simulated(found),
    )
    return [figure]


def _label_row(name: str, row: Sequence[int], own: int) -> HeatRow:
    percents = to_percent(row)
    return HeatRow(
        name,
        tuple(HeatCell(p / DARKEST, str(p), at == own) for at, p in enumerate(percents)),
    )


def _describe_mistakes(counts: Sequence[Sequence[int]], names: Sequence[str]) -> str:
    mistakes = [
        (percent, one, other)
        for one, row in enumerate(counts)
        for other, percent in enumerate(to_percent(row))
        if one != other
    ]
    if not mistakes or not (worst := max(mistakes))[0]:
        return ""
    text = _("Where one says “{one}”, another says “{other}” {percent} times in 100.")
    return text.format(one=names[worst[1]], other=names[worst[2]], percent=worst[0])


def _describe_labels(counts: Sequence[Sequence[int]], names: Sequence[str]) -> str:
    return " ".join(
        f"{name}: "
        + ", ".join(f"{other} {p}" for other, p in zip(names, to_percent(row), strict=True))
        + "."
        for name, row in zip(names, counts, strict=True)
    )


def _tabulate_labels(counts: Sequence[Sequence[int]], names: Sequence[str]) -> FigureTable:
    columns = (Column("label", _("Label")), *(Column(name.lower(), name) for name in names))
    rows: list[tuple[Cell, ...]] = [(name, *row) for name, row in zip(names, counts, strict=True)]
    return FigureTable(columns, tuple(rows))


def _describe_basis(found: TaskAgreement) -> str:
    text = ngettext("{n} person, {moments} moments", "{n} people, {moments} moments", found.people)
    return text.format(n=format_count(found.people), moments=format_count(found.moments))


def _is_simulated(found: TaskAgreement) -> bool:
    return found.people > 0 and found.simulated == found.people


def _format_kappa(value: float | None) -> str:
    return _("not known") if value is None else format_share(value)
