"""The gates between a Predictor trained here and its use, with the words of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from consent.legal_profiles import profiles
from emotion import artefacts
from emotion.evaluation import promotion_gates
from estimates.models import Predictor

DEMO = "demo"
DEMO_ONLY = "It learned from simulated people, and this site is a demonstration."
SIMULATED_ORIGIN = "It learned from simulated people, so it is not used for real ones."


@dataclass(frozen=True, slots=True)
class GateVerdict:
    """The verdict of one gate, in the source language."""

    gate: str
    passed: bool
    words: str


def judge_gates(row: Predictor, champion: Predictor | None) -> Sequence[GateVerdict]:
    """Return the verdicts from the two cards alone; the own card's prohibition comes first."""
    found = promotion_gates.judge(row.card, champion.card if champion else None)
    return [*_own_verdicts(row), *(GateVerdict(*each) for each in found)]


def _own_verdicts(row: Predictor) -> list[GateVerdict]:
    """Return verdicts on its own: the card's prohibition, and simulated training data."""
    found = []
    if forbidden := row.card.get(artefacts.UNPROMOTED):
        found.append(GateVerdict("card", False, str(forbidden)))
    if row.origin == "simulated":
        profile = profiles.current()
        demo = profile is not None and profile.name == DEMO
        found.append(GateVerdict("origin", demo, DEMO_ONLY if demo else SIMULATED_ORIGIN))
    return found


def failed_gates(row: Predictor, champion: Predictor | None) -> list[GateVerdict]:
    return [each for each in judge_gates(row, champion) if not each.passed]
