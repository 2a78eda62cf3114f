"""What rules that change difficulty gain with a card's estimates, in the worlds of `policy`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random
from typing import Final

from emotion.artefacts import Card
from emotion.benchmarks.policy.card_rules import fit_to_card, make_estimate
from emotion.benchmarks.policy.estimated_hours import EstimatedHour
from emotion.benchmarks.policy.strategies import LOOK_S, LOOKS, CardPolicy, load_rules
from emotion.labels import Affect
from emotion.models.crossmodal.acting_rates import add_signals
from emotion.simulate.learning_models import Feeling
from emotion.windows import HOP_S
from interventions.facts import Facts

FELT: Final[Mapping[Feeling, tuple[Affect, ...]]] = {
    "engaged": (Affect.INTEREST, Affect.HAPPINESS),
    "confused": (Affect.CONFUSION,),
    "frustrated": (Affect.FRUSTRATION,),
    "bored": (Affect.BOREDOM,),
}
HOPS: Final = round(LOOK_S / HOP_S)


class CardPolicies:
    """Makes `CardPolicy` for a card, from the estimates that it gave in simulated hours."""

    def __init__(self, card: Card, hours: Sequence[EstimatedHour]) -> None:
        self.rules = fit_to_card(load_rules(), card)
        labels = [Affect(label) for label in card["labels"]]
        self.looks = {
            feeling: [each for hour in hours for each in _list_looks(hour, labels, states)]
            for feeling, states in FELT.items()
        }

    def make(self, rng: Random) -> CardPolicy:
        """Return the policy of one learner."""
        return CardPolicy(rng, self.rules, self.looks)


def _list_looks(
    hour: EstimatedHour, labels: Sequence[Affect], states: Sequence[Affect]
) -> list[list[Facts]]:
    """Return the estimates at each look of the questions that end in one of these states."""
    signals = add_signals(labels, hour.proba)
    facts = [
        {name: make_estimate(float(row[place])) for name, row in signals.items()}
        for place in range(len(hour.states))
    ]
    reach = HOPS * (LOOKS - 1)
    ends = [place for place in hour.is_in(states).nonzero()[0].tolist() if place >= reach]
    return [[facts[end - HOPS * back] for back in reversed(range(LOOKS))] for end in ends]
