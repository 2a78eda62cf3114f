"""Names of states: by their meaning, and the same after a refit."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

from emotion.behaviour.state_names import align_states, name_states, reorder
from tests.fixtures.emotion.hidden_markov_models import FAMILIES, draw_model

MEANS = np.array(
    [
        [2.0, 0.05, 3.0, 0.02, 180.0, 0.1],
        [6.0, 0.2, 2.5, 0.4, 420.0, 1.2],
        [0.5, 0.6, 8.0, 0.01, 260.0, 0.1],
        [9.0, 0.2, 2.5, 0.3, 380.0, 1.0],
    ]
)
CALLED = np.array(["focused", "struggling", "disengaged", "struggling"])


@pytest.mark.parametrize("order", list(permutations(range(3))) + list(permutations(range(4))))
def test_states_are_named_by_behaviour_and_never_by_index(order):
    assert name_states(MEANS[list(order)]) == CALLED[list(order)].tolist()


@pytest.mark.parametrize(("two", "names"), [([0, 2], ["focused", "disengaged"]),
                                            ([2, 1], ["disengaged", "focused"])])  # fmt: skip
def test_of_two_states_the_active_one_is_focused(two, names):
    assert name_states(MEANS[two]) == names


@pytest.mark.parametrize("shape", [(1, 6), (5, 6), (3, 4), (6,)])
def test_means_of_other_than_two_to_four_states_are_refused(shape):
    with pytest.raises(ValueError, match="expected the raw means"):
        name_states(np.zeros(shape))


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_states_keep_their_order_after_a_shuffled_refit(family, order):
    old = draw_model(7, family, 3)
    found = align_states(reorder(old, np.array(order), ("x", "y", "z")), old)
    assert found.names == old.names
    np.testing.assert_array_equal(found.start, old.start)
    np.testing.assert_array_equal(found.moves, old.moves)
    for name, part in found.family.parts().items():
        np.testing.assert_array_equal(part, old.family.parts()[name])


@pytest.mark.parametrize("family", FAMILIES)
def test_divergence_is_symmetric_and_zero_for_equal_states(family):
    one, other = draw_model(8, family, 3).family, draw_model(9, family, 2).family
    assert one.divergence(other).shape == (3, 2)
    np.testing.assert_allclose(one.divergence(other), other.divergence(one).T)
    np.testing.assert_allclose(np.diag(one.divergence(one)), 0, atol=1e-12)
    assert (one.divergence(other) > 0).all()


def test_models_of_different_numbers_of_states_are_not_matched():
    with pytest.raises(ValueError, match="expected 3 states, got 2"):
        align_states(draw_model(1, "poisson", 2), draw_model(1, "poisson", 3))
