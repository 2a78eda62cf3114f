"""The next question is near the target and drawn with a logged probability; siblings are used."""

from __future__ import annotations

import itertools
import random
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emotion.knowledge.item_selection import (
    Candidate,
    SuccessBand,
    choose_nearest,
    choose_variant,
    draw_order,
    draw_probabilities,
    draw_question,
)

unhurried = settings(deadline=None)
chances = st.floats(0, 1)
pools = st.lists(chances, min_size=1, max_size=12).map(
    lambda rows: [Candidate(f"q{number}", chance) for number, chance in enumerate(rows)]
)
POOL = [Candidate("hard", 0.35), Candidate("right", 0.76), Candidate("easy", 0.97)]


@unhurried
@given(pools)
def test_probabilities_sum_to_one_and_are_all_positive(pool):
    found = draw_probabilities(pool, SuccessBand())
    assert sum(found) == pytest.approx(1.0)
    assert min(found) > 0


@unhurried
@given(pools)
def test_closer_to_the_target_is_more_probable(pool):
    found = draw_probabilities(pool, SuccessBand())
    rows = sorted(zip([abs(row.predicted - 0.75) for row in pool], found, strict=True))
    assert all(a[1] >= b[1] for a, b in itertools.pairwise(rows))


@unhurried
@given(pools, st.integers(0, 2**32))
def test_an_order_has_every_question_once_and_logs_each_draw(pool, seed):
    drawn = draw_order(pool, random.Random(seed))
    assert Counter(row.chosen for row in drawn) == Counter(pool)
    assert [row.candidates for row in drawn] == list(range(len(pool), 0, -1))
    assert drawn[-1].probability == pytest.approx(1.0)
    assert draw_order(pool, random.Random(seed)) == drawn


def test_the_logged_probability_equals_the_observed_share():
    rng = random.Random(11)
    drawn = [draw_question(POOL, rng) for _ in range(6000)]
    counted = Counter(row.chosen.code for row in drawn)
    logged = {row.chosen.code: row.probability for row in drawn}
    for candidate, chance in zip(POOL, draw_probabilities(POOL, SuccessBand()), strict=True):
        assert counted[candidate.code] / 6000 == pytest.approx(chance, abs=0.02)
        assert logged[candidate.code] == chance
    assert counted["right"] > counted["easy"] > counted["hard"]


def test_the_target_is_a_setting():
    easier = SuccessBand(target=0.88)
    assert (
        draw_question(POOL, random.Random(1), easier).probability
        != draw_question(POOL, random.Random(1)).probability
    )
    assert draw_probabilities(POOL, easier)[2] > draw_probabilities(POOL, SuccessBand())[2]


class Last:
    def random(self):
        return 0.9999999999999999


def test_rounding_never_leaves_it_without_a_question():
    pool = [Candidate(str(number), 0.1 * number) for number in range(11)]
    assert draw_question(pool, Last()).chosen == pool[-1]


@pytest.mark.parametrize(
    ("predicted", "easier", "harder", "asked"),
    [
        (0.75, 0.9, 0.5, "same"),
        (0.5, 0.75, 0.3, "same"),
        (0.49, 0.7, 0.3, "easier"),
        (0.49, None, 0.3, "same"),
        (0.45, 0.44, None, "same"),
        (0.9, 0.95, 0.75, "same"),
        (0.91, 0.95, 0.75, "harder"),
        (0.91, 0.95, None, "same"),
        (0.91, None, 0.1, "same"),
    ],
)
def test_outside_the_range_a_closer_sibling_is_asked(predicted, easier, harder, asked):
    assert choose_variant(predicted, easier=easier, harder=harder) == asked


@unhurried
@given(chances, chances, chances)
def test_a_sibling_never_moves_further_from_the_target(predicted, easier, harder):
    asked = choose_variant(predicted, easier=easier, harder=harder)
    chosen = {"same": predicted, "easier": easier, "harder": harder}[asked]
    assert abs(chosen - 0.75) <= abs(predicted - 0.75)
    assert asked == "same" or not SuccessBand().contains(predicted)


@unhurried
@given(st.floats(0.5, 0.9), st.floats(-1, 1))
def test_a_moved_target_never_leaves_the_range(target, by):
    moved = SuccessBand(target=target).shift_target(by)
    assert moved.low <= moved.target <= moved.high
    assert (moved.low, moved.high) == (0.5, 0.9)
    assert abs(moved.target - target) <= abs(by) + 1e-9


def test_a_candidate_uses_its_own_target_if_it_has_one():
    pool = [Candidate("a", 0.85, target=0.85), Candidate("b", 0.85)]
    first, second = draw_probabilities(pool, SuccessBand())
    assert first > second


@pytest.mark.parametrize(
    ("predicted", "easier", "harder", "target", "asked"),
    [
        (0.7, 0.84, 0.6, 0.85, "easier"),
        (0.8, 0.84, 0.66, 0.65, "harder"),
        (0.84, 0.95, 0.7, 0.85, "same"),
        (0.6, 0.95, 0.5, 0.85, "same"),
        (0.6, None, None, 0.85, "same"),
        (0.75, 0.85, 0.65, 0.75, "same"),
    ],
    ids=["easier", "harder", "itself", "out of range", "none", "on it"],
)
def test_with_a_moved_target_the_nearest_in_range_is_asked(
    predicted, easier, harder, target, asked
):
    band = SuccessBand(target=target)
    assert choose_nearest(predicted, easier=easier, harder=harder, band=band) == asked


@pytest.mark.parametrize("broken", [(0.4, 0.5, 0.9), (0.95, 0.5, 0.9), (0.75, 0.0, 0.9)])
def test_it_refuses_a_band_without_its_target(broken):
    with pytest.raises(ValueError, match="0 < low <= target <= high < 1"):
        SuccessBand(*broken)


@pytest.mark.parametrize("pool", [[], [Candidate("q", 1.2)]])
def test_it_refuses_invalid_candidates(pool):
    with pytest.raises(ValueError, match="expected"):
        draw_question(pool, random.Random(1))
