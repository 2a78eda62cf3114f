"""The gates between a Predictor trained here and its use, with the words of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from consent.legal_profiles import profiles
from emotion import artefacts
from emotion.evaluation import promotion_gates
from estimates.models import Predictor

DEMO = "demo"
FOR_SHOW = "It learned from simulated people, and this site is a demonstration."
MADE_UP = "It learned from simulated people, so it is not used for real ones."


@dataclass(frozen=True, slots=True)
class Verdict:
    """The verdict of one gate, in the source language."""

    gate: str
    passed: bool
    words: str


def judged(row: Predictor, champion: Predictor | None) -> Sequence[Verdict]:
    """Return the verdicts from the two cards alone; the own card's prohibition comes first."""
    found = promotion_gates.judge(row.card, champion.card if champion else None)
    return [*_own(row), *(Verdict(*each) for each in found)]


def _own(row: Predictor) -> list[Verdict]:
    """Return its card's prohibition, and that simulated training data is for demonstrations only."""
    found = []
    if forbidden := row.card.get(artefacts.UNPROMOTED):
        found.append(Verdict("card", False, str(forbidden)))
    if row.origin == "simulated":
        profile = profiles.current()
        demo = profile is not None and profile.name == DEMO
        found.append(Verdict("origin", demo, FOR_SHOW if demo else MADE_UP))
    return found


def failed(row: Predictor, champion: Predictor | None) -> list[Verdict]:
    return [each for each in judged(row, champion) if not each.passed]
