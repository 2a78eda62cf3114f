"""At most one offer, drawn with a probability that is always logged."""

from __future__ import annotations

import random

import pytest

from interventions.choice import Proposal, choose


def proposal(name, priority=50, probability=1.0):
    return Proposal(name, 1, ("hint",), priority, probability)


class Always:
    """A random source that always gives the same number and counts the draws."""

    def __init__(self, value):
        self.value, self.drawn = value, 0

    def random(self):
        self.drawn += 1
        return self.value


def test_without_proposals_nothing_is_chosen_or_drawn():
    lot = Always(0.5)
    assert choose([], lot) is None
    assert lot.drawn == 0


def test_the_highest_priority_goes_first_and_ties_go_to_the_earlier_rule():
    made = [proposal("R4", 10), proposal("R3"), proposal("R2")]
    chosen = choose(made, Always(0.0))
    assert chosen.proposal.id == "R2"
    assert chosen.passed_over == ("R3", "R4")


@pytest.mark.parametrize(
    ("probability", "draw", "offered"),
    [(1.0, 0.999, True), (0.7, 0.69, True), (0.7, 0.7, False), (0.2, 0.9, False)],
)
def test_the_draw_decides_and_the_probability_is_recorded(probability, draw, offered):
    lot = Always(draw)
    chosen = choose([proposal("R1", probability=probability)], lot)
    assert (chosen.offered, chosen.held_back_at_random) == (offered, not offered)
    assert (chosen.probability, chosen.draw, lot.drawn) == (probability, draw, 1)


def test_offers_are_held_back_with_the_stated_probability():
    rng = random.Random(7)
    made = [proposal("R1", probability=0.7)]
    share = sum(choose(made, rng).offered for _ in range(4000)) / 4000
    assert share == pytest.approx(0.7, abs=0.03)
