"""What the figures of one card share: its states, its people, and the least group to show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from charts.numerals import format_count, format_decimal
from estimates.label_names import heading_of, name_of
from estimates.models import Predictor
from estimates.registry.predictors import LABELS
from research.figures import shown_figures

PERCENT: Final = 100
# A figure with its 95 % interval.
Interval = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class CardData:
    """The figures of a card, with what is needed to draw them.

    Attributes
    ----------
    states : tuple of str
        The labels of the card, such as INTEREST, or of its levels, such as VALENCE.
    floor : int
        The least number of people in a group that may be shown.
    """

    figures: Mapping[str, Any]
    states: tuple[str, ...]
    simulated: bool
    floor: int
    is_classifier: bool

    @property
    def basis(self) -> str:
        """Return the people and windows that the figures are about; "" if not on the card."""
        people, windows = (self.figures.get(name) for name in ("people", "windows"))
        if not isinstance(people, int) or not isinstance(windows, int):
            return ""
        text = ngettext(
            "{people} person it was not trained on, {windows} windows",
            "{people} people it was not trained on, {windows} windows",
            people,
        )
        return text.format(people=format_count(people), windows=format_count(windows))

    @property
    def targets(self) -> list[tuple[str, str, Sequence[str]]]:
        """Return the prefix of the figures of each target, its name, and its states' names."""
        if "confusion" in self.figures or not any(self._has_level(each) for each in self.states):
            return [("", "", [heading_of(state) for state in self.states])]
        levels = [pgettext("a level", "Low"), pgettext("a level", "High")]
        return [
            (f"{state.lower()}_", name_of(state), levels)
            for state in self.states
            if self._has_level(state)
        ]

    def read_interval(self, name: str) -> Interval | None:
        """Return a figure with its interval; None if the card has none."""
        found = self.figures.get(name)
        if isinstance(found, Sequence) and len(found) == 3:
            return float(found[0]), float(found[1]), float(found[2])
        return None

    def count_people(self, prefix: str = "") -> list[int | None]:
        """Return the number of people in each state; None if not shown, [] if unknown."""
        return shown_figures.count_people(self.figures, prefix, self.floor)

    def is_held_back(self, state: str) -> bool:
        """Return whether a state, or a side of a level, has too few people to be shown here."""
        if self._has_level(state):
            return None in self.count_people(f"{state.lower()}_")
        found = self.count_people()
        return state in self.states[: len(found)] and found[self.states.index(state)] is None

    @property
    def holds_back_all(self) -> bool:
        """Return whether no state has enough people for this site to show it."""
        return bool(self.states) and all(map(self.is_held_back, self.states))

    def _has_level(self, state: str) -> bool:
        return f"{state.lower()}_confusion" in self.figures


def read_card(row: Predictor) -> CardData:
    """Return the figures of a Predictor's card."""
    figures = row.card.get("figures", {})
    return CardData(
        figures=figures,
        states=tuple(dict.fromkeys(row.card.get("labels", ()))),
        simulated=row.origin == "simulated",
        floor=shown_figures.find_floor(figures, row.origin, row.card.get("streams", ())),
        is_classifier=row.kind in LABELS,
    )


def describe_held_back() -> str:
    """Return why a figure of a card is not shown here."""
    return _("Too few people for this site to show it.")


def format_share(value: float) -> str:
    """Return a share with two digits."""
    return format_decimal(value, 2)


def format_range(low: float, high: float) -> str:
    """Return an interval of shares."""
    return f"{format_share(low)}–{format_share(high)}"
