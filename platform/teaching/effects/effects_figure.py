"""All experiments of a course below each other: what each suggestion or wording changed.

It has the intervals that the cards of the page have, and nothing else.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from charts.exports import ORIGIN
from charts.figure import Column, Figure, FigureTable, LegendEntry
from charts.forest import ForestAxis, ForestRow, draw_forest
from charts.svg import Drawing
from teaching.effects.hint_experiments import WordingCard
from teaching.effects.interval_chart import IntervalChart, find_reach, format_signed
from teaching.effects.trial_card import SO_FAR, TrialCard

CODE: Final = "effects"


@dataclass(frozen=True, slots=True)
class EffectLine:
    """One experiment: its interval in percentage points, and whether it still runs."""

    name: str
    chart: IntervalChart
    so_far: bool
    simulated: bool
    learners: str

    @property
    def is_found(self) -> bool:
        """Return whether it has ended with an interval without zero."""
        return not self.so_far and (self.chart.low > 0 or self.chart.high < 0)


def build_effects(cards: Iterable[TrialCard], wordings: Iterable[WordingCard]) -> Figure | None:
    """Return the figure of all experiments that may show an interval; None if none may."""
    lines = list(_list_lines(cards, wordings))
    if not lines:
        return None
    return Figure(
        CODE,
        _("All experiments at a glance"),
        stress=_describe(lines),
        finding=_(
            "Correct on the next try, in percentage points: with the suggestion minus held back, "
            "or second wording minus first."
        ),
        words=" ".join(_describe_line(line) for line in lines),
        drawing=_draw(lines),
        table=_tabulate(lines),
        legend=(
            LegendEntry("range-act", _("95% interval over decisions; of real people with noise")),
            LegendEntry("even", _("no difference")),
        ),
        note=_(
            "An interval across the dashed line is no finding. One marked “so far” will change."
        ),
        simulated=all(line.simulated for line in lines),
    )


def _list_lines(
    cards: Iterable[TrialCard], wordings: Iterable[WordingCard]
) -> Iterator[EffectLine]:
    drawn = [card for card in cards if card.chart]
    titles = Counter(card.title for card in drawn)
    for card in drawn:
        if card.chart:
            words = _("{rule}, version {n}") if titles[card.title] > 1 else "{rule}"
            name = words.format(rule=card.title, n=card.version)
            so_far = card.state == SO_FAR
            yield EffectLine(name, card.chart, so_far, card.simulated, card.learners)
    for number, wording in enumerate(wordings, start=1):
        if wording.chart:
            name = _("Wordings of hint {number}").format(number=number)
            so_far = wording.state == SO_FAR
            yield EffectLine(name, wording.chart, so_far, wording.simulated, wording.learners)


def _describe(lines: Sequence[EffectLine]) -> str:
    found = [line for line in lines if line.is_found]
    ended = [line for line in lines if not line.so_far]
    if not ended:
        return _("None of them has ended, so nothing is known yet.")
    if not found:
        return _("No difference was found in those that have ended.")
    text = ngettext(
        "{n} of those that have ended shows a difference: {names}.",
        "{n} of those that have ended show a difference: {names}.",
        len(found),
    )
    return text.format(n=len(found), names=", ".join(line.name for line in found))


def _describe_line(line: EffectLine) -> str:
    return f"{line.name}: {line.chart.words} ({_state_of(line)})."


def _state_of(line: EffectLine) -> str:
    return pgettext("an effect", "so far") if line.so_far else pgettext("trial", "ended")


def _draw(lines: Sequence[EffectLine]) -> Drawing:
    reach = max(find_reach(line.chart.low, line.chart.high) for line in lines)
    ticks = tuple(
        (share * reach, format_signed(share * reach)) for share in (-1.0, -0.5, 0.0, 0.5, 1.0)
    )
    rows = [
        ForestRow(
            line.name,
            low=line.chart.low,
            high=line.chart.high,
            under=", ".join([_state_of(line), *([_("simulated")] if line.simulated else [])]),
            text=line.chart.words,
        )
        for line in lines
    ]
    return draw_forest(rows, ForestAxis(-reach, reach, ticks, line=0.0, source="-act"))


def _tabulate(lines: Sequence[EffectLine]) -> FigureTable:
    columns = (
        Column("experiment", _("Experiment")),
        Column("low_points", _("95% interval from, points")),
        Column("high_points", pgettext("an interval", "to")),
        Column("learners", _("Learners")),
        Column("state", _("State")),
        Column(ORIGIN, _("Learners are")),
    )
    rows = tuple(
        (
            line.name,
            line.chart.low,
            line.chart.high,
            line.learners,
            _state_of(line),
            _("simulated people") if line.simulated else pgettext("learners", "people"),
        )
        for line in lines
    )
    return FigureTable(columns, rows)
