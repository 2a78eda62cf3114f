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
class CardFact:
    """One line of a card; `verbatim` = in the card's own words, never translated."""

    name: str
    text: str
    verbatim: bool = False


CardFacts = list[CardFact]


@dataclass(frozen=True, slots=True)
class MeasuredAccuracy:
    """Macro-F1 on people it was not trained on, in percent, with its interval."""

    value: int
    low: int
    high: int
    people: int


def card_facts(row: Predictor) -> CardFacts:
    """Return all lines of the card; facts missing from it are left out."""
    card = row.card
    found = [
        CardFact(_("Artefact"), str(row), verbatim=True),
        CardFact(_("Origin"), _origin(row)),
        *plain_facts(row),
        CardFact(_("Protocol"), str(card.get("protocol", "")), verbatim=True),
        CardFact(_("Data"), str(card.get("data", "")), verbatim=True),
        CardFact(
            _("Human agreement"), _("Trained observers agree with each other only at κ 0.49.")
        ),
    ]
    return [fact for fact in found if fact.text]


def plain_facts(row: Predictor) -> CardFacts:
    """Return what it estimates, from which data, and how often."""
    card = row.card
    labels = dict.fromkeys(heading_of(label) for label in card.get("labels", ()))
    inputs = (*card.get("streams", ()), *card.get("context", ()))
    every = _("{window} s, every {hop} s").format(
        window=f"{card.get('window_s', 0):g}", hop=f"{card.get('hop_s', 0):g}"
    )
    return [
        CardFact(pgettext("a model", "Estimates"), ", ".join(labels)),
        CardFact(_("Based on"), ", ".join(map(name_of, inputs))),
        CardFact(_("Time window"), every),
    ]


def measured_accuracy(card: Mapping[str, Any]) -> MeasuredAccuracy | None:
    """Return the measured accuracy; None where the card has no such figure with an interval."""
    found, people = card["figures"].get("macro_f1"), card["figures"].get("people", 0)
    if not isinstance(found, list):
        return None
    value, low, high = (round(100 * part) for part in found)
    return MeasuredAccuracy(value, low, high, people)


def _origin(row: Predictor) -> str:
    return _("simulated people") if row.origin == "simulated" else _("real people")
