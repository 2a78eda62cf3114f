"""A Predictor's card in plain lines, for Researchers and Learners."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from consent.stream_labels import name_of
from estimates.label_names import heading_of
from estimates.models import Predictor


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of a card; `verbatim` = in the card's own words, never translated."""

    name: str
    text: str
    verbatim: bool = False


Facts = list[Fact]


@dataclass(frozen=True, slots=True)
class Measured:
    """Macro-F1 on people it was not trained on, in percent, with its interval."""

    value: int
    low: int
    high: int
    people: int


def facts(row: Predictor) -> Facts:
    """Return all lines of the card; facts missing from it are left out."""
    told = row.card
    found = [
        Fact(_("Artefact"), str(row), verbatim=True),
        Fact(_("Origin"), _origin(row)),
        *plain(row),
        Fact(_("Protocol"), str(told.get("protocol", "")), verbatim=True),
        Fact(_("Data"), str(told.get("data", "")), verbatim=True),
        Fact(_("Human agreement"), _("Trained observers agree with each other only at κ 0.49.")),
    ]
    return [fact for fact in found if fact.text]


def plain(row: Predictor) -> Facts:
    """Return what it estimates, from which data, and how often."""
    told = row.card
    labels = dict.fromkeys(heading_of(label) for label in told.get("labels", ()))
    streams = [name_of(name) for name in told.get("streams", ())]
    every = _("{window} s, every {hop} s").format(
        window=f"{told.get('window_s', 0):g}", hop=f"{told.get('hop_s', 0):g}"
    )
    return [
        Fact(pgettext("a model", "Estimates"), ", ".join(labels)),
        Fact(_("Based on"), ", ".join(streams)),
        Fact(_("Time window"), every),
    ]


def measured(card: Mapping[str, Any]) -> Measured | None:
    """Return the measured accuracy; None where the card has no such figure with an interval."""
    found, people = card["figures"].get("macro_f1"), card["figures"].get("people", 0)
    if not isinstance(found, list):
        return None
    value, low, high = (round(100 * part) for part in found)
    return Measured(value, low, high, people)


def _origin(row: Predictor) -> str:
    return _("simulated people") if row.origin == "simulated" else _("real people")
