"""The number of states: the fewest that are not clearly worse on held-out sequences."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

from emotion.behaviour.em import fit, stack
from emotion.behaviour.emissions import Gaussian
from emotion.behaviour.model_selection import choose_fewest, choose_state_count
from tests.emotion.behaviour.test_em import draw_sequences

LENGTHS = np.full(6, 10)


def test_a_gain_within_one_standard_error_does_not_justify_more_states():
    few = np.full(6, -20.0)
    unsure = few + np.array([5.0, -4.0, 5.0, -4.0, 1.0, 0.0])
    assert choose_fewest({2: few, 3: unsure}, LENGTHS) == 2


def test_a_gain_in_all_sequences_justifies_more_states():
    few = np.array([-90.0, -10.0, -50.0, -30.0, -70.0, -20.0])
    sure = few + np.array([1.0, 1.1, 0.9, 1.0, 1.2, 0.8])
    assert choose_fewest({2: few, 3: sure}, LENGTHS) == 3
    hardly = sure + np.array([0.1, -0.09, 0.1, -0.09, 0.0, 0.0])
    assert choose_fewest({4: hardly, 3: sure, 2: few}, LENGTHS) == 3


def test_two_states_are_chosen_for_sequences_of_two_states():
    sequences = draw_sequences("gaussian", np.random.default_rng(6))

    def fitted(some, k):
        rng = np.random.default_rng(k)
        return fit(stack(some), k, Gaussian.draw_initial, starts=2, iterations=60, rng=rng)

    choice = choose_state_count(sequences, (1, 2, 3), fitted, rng=np.random.default_rng(0))
    assert choice.k == 2
    assert choice.held_out[2] > choice.held_out[1]


def test_held_out_sequences_are_not_in_training():
    sequences = [np.full((3, 1), float(at)) for at in range(7)]
    learned = []

    def fitted(some, k):
        learned.append({float(each[0, 0]) for each in some})
        return fit(stack(some), k, Gaussian.draw_initial, starts=1, iterations=1,
                   rng=np.random.default_rng(0))  # fmt: skip

    choose_state_count(sequences, (1,), fitted, rng=np.random.default_rng(0))
    left = [set(range(7)) - each for each in learned]
    assert sorted(at for each in left for at in each) == list(range(7))
    assert all(each for each in left)


def test_an_empty_list_of_candidates_is_refused():
    with pytest.raises(ValueError, match="empty"):
        choose_state_count([np.zeros((2, 1))], (), partial(fit), rng=np.random.default_rng(0))
