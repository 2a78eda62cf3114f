"""All figures of a Predictor's card, in the order of the questions that they answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from charts.figure import Figure
from estimates.models import Predictor
from research.figures.calibration_curve import build_calibration
from research.figures.card_facts import CardData, read_card
from research.figures.confusion_matrix import build_confusion
from research.figures.group_reliability import build_groups
from research.figures.headline import describe_accuracy
from research.figures.learning_curve import build_learning_curve
from research.figures.roc_curves import build_roc
from research.figures.shown_figures import list_shown
from research.figures.state_areas import build_state_areas
from research.runs.models import Run


@dataclass(frozen=True, slots=True)
class CardFigures:
    """How often it is right in words, the figures drawn, and those missing, with the reason.

    `numbers`: the figures of the card that may be listed.
    """

    headline: str
    drawn: tuple[Figure, ...]
    missing: tuple[Figure, ...]
    numbers: Mapping[str, Any]


def build_figures(row: Predictor, run: Run | None = None) -> CardFigures:
    """Return the figures of a card; with `run`, how its training went too."""
    card = read_card(row)
    found = _build_card(card)
    if run is not None:
        found.append(build_learning_curve(run.figures or {}, simulated=run.simulated))
    found.append(describe_drift())
    return CardFigures(
        describe_accuracy(card),
        tuple(figure for figure in found if figure.drawing),
        tuple(figure for figure in found if not figure.drawing),
        list_shown(card.figures, card.floor),
    )


def _build_card(card: CardData) -> list[Figure]:
    """Return the figures; of a kind that is no classifier of Windows, only what its card has."""
    found = [build_state_areas(card)]
    for prefix, about, names in card.targets:
        found += [
            build_confusion(card, prefix, about, names),
            build_calibration(card, prefix, about),
            build_roc(card, prefix, about),
        ]
    found.append(build_groups(card))
    return found if card.is_classifier else [figure for figure in found if figure.drawing]


def describe_drift() -> Figure:
    """Return why drift has no figure: its data may not be opened for it."""
    return Figure(
        "drift",
        _("Do today’s inputs still look like the training data?"),
        missing=_(
            "What sensors record is encrypted, and it is opened only to make an estimate or for a "
            "study that a learner allows. No count of it is kept from week to week, so there is "
            "nothing to compare with the training data."
        ),
    )
