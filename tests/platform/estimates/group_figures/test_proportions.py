"""Floors and intervals of groups."""

from __future__ import annotations

import random
from statistics import fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from estimates.group_figures.noise import QUANTILE_80, Noise
from estimates.group_figures.proportions import (
    Floor,
    GroupPerson,
    _project_to_sum,
    banded_count,
    interval,
    make_picture,
    select_countable,
    wilson_interval,
)

FLOOR = Floor(people=5, biometric=10, simulated=1)
NOISES = st.binary(min_size=1, max_size=8).map(Noise)


def person(number, *, simulated=False, biometric=False, **shares):
    return GroupPerson(number, simulated, shares, biometric)


def mixed_group(real, made_up, **shares):
    people = [person(n, **shares) for n in range(real)]
    return people + [person(100 + n, simulated=True, **shares) for n in range(made_up)]


@pytest.mark.parametrize(
    ("real", "made_up", "n"),
    [
        (0, 0, None),
        (1, 0, None),
        (4, 0, None),
        (5, 0, 5),
        (0, 1, 1),
        (4, 1, 1),
        (1, 7, 7),
        (5, 2, 5),
    ],
)
def test_five_real_people_exclude_the_simulated(real, made_up, n):
    assert (len(select_countable(mixed_group(real, made_up), FLOOR)) or None) == n


@pytest.mark.parametrize(("simulated", "n"), [(False, 5), (True, 2)])
def test_a_count_is_of_one_kind_of_people_and_respects_its_floor(simulated, n):
    assert banded_count(mixed_group(5, 2), FLOOR, simulated=simulated) == n
    assert banded_count(mixed_group(4, 0), FLOOR, simulated=simulated) is None


@given(st.integers(0, 60), NOISES)
def test_a_count_of_reports_is_the_lower_end_of_a_band_above_the_floor(n, noise):
    seen = banded_count(mixed_group(n, 0), FLOOR, simulated=False, noise=noise)

    assert seen is None or (n >= 5 and seen >= 10 and seen % 5 == 0)


@given(st.integers(0, 60), NOISES)
def test_a_picture_needs_the_floor_exactly_and_more_with_noise(n, noise):
    seen = make_picture(mixed_group(n, 0, CONFUSION=0.4, INTEREST=0.6), FLOOR, noise)

    assert seen is None or (n >= 5 and seen.n >= 10 and seen.n % 5 == 0)


@given(
    st.dictionaries(st.text(max_size=3), st.floats(-40, 80), min_size=1, max_size=7),
    st.floats(1, 100),
)
def test_projected_values_keep_sum_and_order_and_are_not_negative(values, total):
    found = _project_to_sum(values, total)

    assert sum(found.values()) == pytest.approx(total)
    assert min(found.values()) >= 0
    assert all(
        found[one] >= found[other]
        for one in values
        for other in values
        if values[one] > values[other]
    )


@pytest.mark.parametrize(("n", "biometric", "seen"), [(5, 0, 5), (9, 1, None), (10, 1, 10)])
def test_biometric_estimates_need_ten_people(n, biometric, seen):
    people = [person(k, biometric=k < biometric, CONFUSION=0.4) for k in range(n)]
    found = make_picture(people, FLOOR)

    assert (found.n if found else None) == seen


@pytest.mark.parametrize("n", [20, 28, 60])
def test_shares_stay_coherent_whatever_the_noise(n):
    labels, rng, told = ("BOREDOM", "CONFUSION", "HAPPINESS", "INTEREST"), random.Random(n), 0
    for trial in range(100):
        people = []
        for number in range(n):
            drawn = [rng.uniform(0.01, 1) for _ in labels]
            each = {label: x / sum(drawn) for label, x in zip(labels, drawn, strict=True)}
            people.append(person(number, **each))
        found = make_picture(people, FLOOR, Noise(str(trial).encode()))
        if found is None or not found.shares:
            continue
        told += 1

        assert sum(found.shares.values()) == 100
        assert all(share >= 0 and share % 5 == 0 for share in found.shares.values())
        assert (found.n % 5, found.unsure % 5) == (0, 0)
        assert found.n >= 5
        assert 0 <= found.unsure <= 100
    assert told >= 20


def test_a_single_label_held_back_also_holds_back_the_smallest_other():
    """The shares sum to 100, so a single missing one could be computed."""
    all_ = [person(n, CONFUSION=0.6, INTEREST=0.3, HAPPINESS=0.1) for n in range(8)]
    all_ += [person(n, CONFUSION=0.5, INTEREST=0.2, BOREDOM=0.3) for n in range(8, 10)]

    assert list(make_picture(all_[:8], FLOOR).shares) == ["CONFUSION", "HAPPINESS", "INTEREST"]
    assert list(make_picture(all_, FLOOR).shares) == ["CONFUSION", "INTEREST"]


def test_the_interval_depends_on_published_figures_alone():
    one = make_picture([person(n, CONFUSION=0.42) for n in range(20)], FLOOR)
    other = make_picture([person(n, CONFUSION=0.38) for n in range(24)], FLOOR)

    assert (one.n, one.shares) == (other.n, other.shares) == (20, {"CONFUSION": 40})
    assert one.ranges == other.ranges


@pytest.mark.parametrize("n", [28, 60, 120])
def test_the_interval_covers_80_percent_including_the_noise(n):
    """The true chance of confusion is 0.35, with which these people are drawn."""
    rng = random.Random(n)
    held = []
    for trial in range(400):
        people = [person(k, CONFUSION=float(rng.random() < 0.35)) for k in range(n)]
        found = make_picture(people, FLOOR, Noise(str(trial).encode()))
        if found and found.shares:
            low, high = found.ranges["CONFUSION"]
            held.append(low <= 35 <= high)

    assert fmean(held) >= 0.8


@given(st.integers(0, 12), st.integers(0, 12), st.integers(1, 8), st.integers(1, 8))
def test_no_group_is_mixed_or_holds_one_to_four_real_people(real, made_up, people, simulated):
    group = select_countable(mixed_group(real, made_up), Floor(people, people, simulated))
    seen = sum(not one.simulated for one in group)

    assert seen in (0, len(group))
    assert seen == 0 or seen >= people
    assert not group or seen or len(group) >= simulated


@pytest.mark.parametrize(("right", "n"), [(0, 1), (3, 10), (5, 5), (17, 40)])
def test_wilson_gives_what_scipy_gives(right, n):
    known = binomtest(right, n).proportion_ci(0.8, method="wilson")

    assert wilson_interval(right / n, n) == pytest.approx((known.low, known.high))


@given(st.integers(0, 20), st.integers(1, 40), st.floats(0, 0.7))
def test_the_range_holds_the_share_in_steps_of_five(step, n, spread):
    low, high = interval(5 * step, n, spread)

    assert 0 <= low <= 5 * step <= high <= 100
    assert low % 5 == high % 5 == 0


def test_more_people_make_the_range_narrower_and_noise_makes_it_wider():
    widths = [high - low for low, high in (interval(50, n, 0.0) for n in (1, 5, 50))]
    noisy = [high - low for low, high in (interval(50, 28, QUANTILE_80 / n) for n in (28, 280))]

    assert widths[0] > widths[1] > widths[2]
    assert noisy[0] > noisy[1]


def test_a_group_whose_guesses_abstained_is_not_sure():
    seen = make_picture(mixed_group(5, 0), FLOOR)

    assert (seen.n, seen.shares) == (5, {})


def test_guesses_about_fewer_than_five_are_not_shown_within_a_larger_group():
    people = [person(n, CONFUSION=0.9) for n in range(4)] + [person(9)]
    seen = make_picture(people, FLOOR)

    assert (seen.n, seen.shares, seen.unsure) == (5, {}, 20)


def test_simulated_people_never_replace_real_people_who_abstained():
    unsure = [person(n) for n in range(5)]
    made_up = [person(100 + n, simulated=True, CONFUSION=0.9) for n in range(3)]
    seen = make_picture([*unsure, *made_up], FLOOR)

    assert (seen.n, seen.shares, seen.unsure, seen.simulated) == (5, {}, 100, False)


def test_a_group_of_real_people_is_not_marked_as_simulated():
    assert make_picture(mixed_group(4, 3, JOY=0.1), FLOOR).simulated
    mixed = make_picture(mixed_group(5, 20, JOY=0.1), FLOOR)
    assert (mixed.n, mixed.simulated) == (5, False)
