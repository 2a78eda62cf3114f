"""How often a Predictor is right, in one sentence, and how often a constant answer would be."""

from __future__ import annotations

from django.utils.translation import gettext as _

from charts.numerals import format_decimal
from research.figures.card_facts import PERCENT, CardData
from research.figures.confusion_matrix import read_counts


def describe_accuracy(card: CardData) -> str:
    """Return the sentences; "" where a card does not say how often it is right."""
    found = card.read_interval("accuracy")
    if found is not None:
        value, low, high = (format_decimal(PERCENT * part, 0) for part in found)
        text = _(
            "Right {value} times in 100 (95% interval {low} to {high}) on people it was not "
            "trained on."
        ).format(value=value, low=low, high=high)
    elif (share := _count_right(card)) is not None:
        text = _("Right {value} times in 100 on people it was not trained on.")
        text = text.format(value=format_decimal(PERCENT * share, 0))
    else:
        return ""
    return f"{text} {_describe_constant(card)}".strip()


def _count_right(card: CardData) -> float | None:
    """Return the share of right answers; None if a state has too few people to be counted."""
    counts = read_counts(card.figures.get("confusion"), card.count_people(), len(card.states))
    rows = [row for row in counts if row is not None]
    if not rows or len(rows) < len(counts):
        return None
    return sum(row[at] for at, row in enumerate(rows)) / max(1, sum(map(sum, rows)))


def _describe_constant(card: CardData) -> str:
    share = card.figures.get("largest_class_share")
    if not isinstance(share, (int, float)):
        return ""
    text = _("Always giving the most frequent state would be right {value} times.")
    return text.format(value=format_decimal(PERCENT * share, 0))
