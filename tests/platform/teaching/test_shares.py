"""Floors and intervals: what may be said of a group."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from teaching.shares import Floor, Person, count, interval, picture, shown, wilson

FLOOR = Floor(people=5, simulated=1)


def person(number, *, simulated=False, abstain=0.0, **shares):
    return Person(number, simulated, shares, abstain)


def some(real, made_up, **shares):
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
def test_real_people_need_five_and_then_the_simulated_are_left_out(real, made_up, n):
    assert (len(shown(some(real, made_up), FLOOR)) or None) == n


@pytest.mark.parametrize(("simulated", "n"), [(False, 5), (True, 2)])
def test_a_number_is_of_one_kind_of_people_and_keeps_its_floor(simulated, n):
    assert count(some(5, 2), FLOOR, simulated=simulated) == n
    assert count(some(4, 0), FLOOR, simulated=simulated) is None


@given(st.integers(0, 12), st.integers(0, 12), st.integers(1, 8), st.integers(1, 8))
def test_no_group_is_mixed_or_holds_one_to_four_real_people(real, made_up, people, simulated):
    group = shown(some(real, made_up), Floor(people, simulated))
    seen = sum(not one.simulated for one in group)

    assert seen in (0, len(group))
    assert seen == 0 or seen >= people
    assert not group or seen or len(group) >= simulated


@pytest.mark.parametrize(("right", "n"), [(0, 1), (3, 10), (5, 5), (17, 40)])
def test_wilson_gives_what_scipy_gives(right, n):
    known = binomtest(right, n).proportion_ci(0.8, method="wilson")

    assert wilson(right / n, n) == pytest.approx((known.low, known.high))


@given(st.lists(st.floats(0, 1), min_size=1, max_size=40))
def test_the_range_holds_the_mean_in_steps_of_five(shares):
    low, high = interval(shares)

    assert 0 <= low <= 100 * sum(shares) / len(shares) + 1e-6
    assert 100 * sum(shares) / len(shares) - 1e-6 <= high <= 100
    assert low % 5 == high % 5 == 0


def test_more_people_make_the_range_narrower():
    widths = [high - low for low, high in (interval([0.5] * n) for n in (1, 5, 50))]

    assert widths[0] > widths[1] > widths[2]


def test_two_views_that_differ_by_one_person_seldom_differ_at_all():
    """notes/trust.md 5a: unrounded means gave that person away every time."""
    same = 0
    for extra in range(101):
        base = [0.4] * 27
        same += interval(base) == interval([*base, extra / 100])

    assert same >= 60


def test_a_group_whose_guesses_abstained_is_not_sure():
    seen = picture(some(5, 0), FLOOR)

    assert (seen.n, seen.ranges) == (5, {})


def test_guesses_about_fewer_than_five_are_not_shown_within_a_larger_group():
    people = [person(n, CONFUSION=0.9) for n in range(4)] + [person(9, abstain=1.0)]
    seen = picture(people, FLOOR)

    assert (seen.n, seen.ranges, seen.abstain) == (5, {}, 20)


def test_the_simulated_never_answer_for_real_people_who_abstained():
    unsure = [person(n, abstain=1.0) for n in range(5)]
    made_up = [person(100 + n, simulated=True, CONFUSION=0.9) for n in range(3)]
    seen = picture([*unsure, *made_up], FLOOR)

    assert (seen.n, seen.ranges, seen.abstain, seen.simulated) == (5, {}, 100, False)


def test_a_label_guessed_about_fewer_than_five_is_not_shown_beside_others():
    people = [person(n, CONFUSION=0.9) for n in range(5)]
    people[0] = person(0, CONFUSION=0.9, BOREDOM=0.1)

    assert list(picture(people, FLOOR).ranges) == ["CONFUSION"]


def test_the_mark_of_a_simulated_group_goes_when_it_is_of_real_people_alone():
    assert picture(some(4, 3, JOY=0.1), FLOOR).simulated
    mixed = picture(some(5, 20, JOY=0.1), FLOOR)
    assert (mixed.n, mixed.simulated) == (5, False)
