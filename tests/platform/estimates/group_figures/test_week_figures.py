"""Figures of a skill's week: floors, and how far one person can move them (I-22)."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from estimates.group_figures.differences import FEW, results_of
from estimates.group_figures.noise import NO_NOISE, Noise
from estimates.group_figures.proportions import REST, Floor, Picture, noisy_histogram
from estimates.group_figures.week_figures import (
    AnswerState,
    LearnerAnswers,
    make_week_picture,
    select_labels,
    sum_up,
    to_person,
)

FLOOR = Floor(people=5, biometric=10, simulated=1)
LABELS = ("BOREDOM", "CONFUSION", "FRUSTRATION", "INTEREST")
NOISES = st.binary(min_size=1, max_size=8).map(Noise)
SHARES = st.dictionaries(st.sampled_from(LABELS), st.floats(0, 1), max_size=4)
ANSWERS = st.lists(st.builds(AnswerState, st.booleans(), SHARES), min_size=1, max_size=4)


def make_group(rows):
    return [
        LearnerAnswers(number, simulated, biometric, tuple(answers))
        for number, (simulated, biometric, answers) in enumerate(rows)
    ]


GROUPS = st.lists(st.tuples(st.booleans(), st.booleans(), ANSWERS), min_size=1, max_size=24).map(
    make_group
)
# Large enough to be shown in spite of the margin.
CLASSES = st.lists(st.tuples(st.just(False), st.booleans(), ANSWERS), min_size=20, max_size=60).map(
    make_group
)


def people_of(count, *, correct, shares, first=0):
    answer = AnswerState(correct, shares)
    return [LearnerAnswers(first + n, False, False, (answer,)) for n in range(count)]


def exact_histogram(group):
    """Return the histogram without noise, with the labels fixed."""
    people = [to_person(each, (*LABELS, REST)) for each in group]
    return noisy_histogram(people, len(people), NO_NOISE)


def distance(one, other):
    return math.dist(*([found.get(name, 0.0) for name in {*one, *other}] for found in (one, other)))


@given(GROUPS | CLASSES, NOISES)
def test_no_figure_is_of_fewer_real_people_than_the_floor(group, noise):
    found = make_week_picture(group, FLOOR, noise)
    if found is None or found.simulated:
        return
    real = [each for each in group if not each.simulated]
    least = FLOOR.biometric if any(each.biometric for each in real) else FLOOR.people
    assert len(real) >= least
    assert found.n % 5 == 0
    for label in found.shares:
        assert sum(label in each.labels for each in real) >= FLOOR.people
        assert found.right[label] <= found.shares[label]


@given(GROUPS | CLASSES, NOISES)
def test_what_is_left_between_the_figures_is_never_one_state_of_a_few(group, noise):
    """The rest is what a reader gets by subtracting the published states from the whole."""
    found = make_week_picture(group, FLOOR, noise)
    if found is None or found.simulated or not found.shares:
        return
    real = [each for each in group if not each.simulated]
    left = {label for each in real for label in each.labels} - set(found.shares)
    assert len(left) != 1 or sum(left <= each.labels for each in real) >= FLOOR.people


@given(GROUPS | CLASSES, NOISES)
def test_correct_answers_are_shown_only_where_the_floor_is_on_both_sides(group, noise):
    found = make_week_picture(group, FLOOR, noise)
    if found is None or found.simulated:
        return
    for each in results_of(found, FLOOR.people):
        inside = found.n * found.shares[each.label] / 100
        if min(inside, found.n - inside) < FLOOR.people - 1e-9:
            assert (each.finding, each.inside, each.outside) == (FEW, None, None)


@given(CLASSES, st.lists(SHARES, min_size=4, max_size=4))
def test_other_feelings_of_one_person_move_the_vector_by_at_most_root_two(group, shares):
    first, *others = group
    answers = tuple(
        AnswerState(answer.correct, felt)
        for answer, felt in zip(first.answers, shares, strict=False)
    )

    moved = exact_histogram([replace(first, answers=answers), *others])

    assert distance(exact_histogram(group), moved) <= math.sqrt(2) + 1e-9


@given(CLASSES)
def test_one_person_more_adds_one_in_all(group):
    without, whole = exact_histogram(group[1:]), exact_histogram(group)

    assert sum(whole.values()) - sum(without.values()) == pytest.approx(1)
    assert distance(without, whole) <= 1 + 1e-9


def test_shares_are_of_people_however_many_answers_each_gave():
    often = LearnerAnswers(0, True, False, 9 * (AnswerState(True, {"CONFUSION": 1.0}),))
    once = LearnerAnswers(1, True, False, (AnswerState(False, {"CONFUSION": 0.0}),))

    found = make_week_picture([often, once], FLOOR)

    assert (found.n, found.shares, found.right) == (2, {"CONFUSION": 50}, {"CONFUSION": 50})


def test_a_state_estimated_for_four_takes_another_with_it():
    """Of three states one is known of four people; the rest would be this one."""
    known = {"BOREDOM": 0.5, "CONFUSION": 0.3}
    group = people_of(8, correct=True, shares=known)
    group += people_of(4, correct=True, shares={**known, "INTEREST": 0.2}, first=8)

    assert select_labels(group, FLOOR) == ("BOREDOM",)


def test_people_without_a_sure_estimate_are_not_sure_and_in_no_state():
    group = people_of(9, correct=True, shares={"CONFUSION": 1.0})
    group += people_of(3, correct=False, shares={}, first=9)

    found = make_week_picture(group, FLOOR)

    assert (found.n, found.unsure, found.right_all) == (5, 25, 100)


PERCENTS = st.integers(0, 20).map(lambda step: 5 * step)


def published(n, share, right, *, simulated=False, unsure=0):
    """Return two states of which the first has `share` percent, with all answers of it correct."""
    return Picture(
        n, {"BOREDOM": share, "INTEREST": 100 - share}, unsure, simulated,
        right={"BOREDOM": right, "INTEREST": 0}, right_all=right,
    )  # fmt: skip


def test_all_skills_weigh_each_by_its_people():
    found = sum_up([published(30, 20, 10), published(10, 60, 50)])

    assert (found.n, found.shares, found.right) == (
        40, {"BOREDOM": 30, "INTEREST": 70}, {"BOREDOM": 20, "INTEREST": 0},
    )  # fmt: skip
    assert (found.right_all, found.cells, found.entries) == (20, 2, 4)


def test_all_skills_count_people_who_are_not_sure_of_any():
    assert sum_up([published(30, 20, 10, unsure=25), published(30, 20, 10)]).unsure == 15


def test_simulated_people_count_in_each_skill_and_are_not_added_up():
    assert sum_up(2 * [published(12, 50, 20, simulated=True)]).n == 12


@pytest.mark.parametrize(
    "pictures",
    [
        [],
        [published(30, 20, 10)],
        [published(30, 20, 10), Picture(30, {}, 100, False)],
        [published(30, 20, 10), Picture(30, {"HAPPINESS": 60}, 0, False, {"HAPPINESS": 30}, 50)],
        [published(30, 20, 10), published(30, 20, 10, simulated=True)],
    ],
)
def test_fewer_than_two_skills_alike_have_no_sum(pictures):
    assert sum_up(pictures) is None


def test_a_state_that_one_skill_holds_back_is_not_in_the_sum():
    other = Picture(30, {"INTEREST": 60}, 0, False, right={"INTEREST": 30}, right_all=50)

    assert set(sum_up([published(30, 20, 10), other]).shares) == {"INTEREST"}


@given(st.integers(6, 20).map(lambda n: 5 * n), PERCENTS)
def test_all_skills_have_the_noise_of_each_of_them(n, share):
    """One skill of twice the people has narrower intervals than the sum of two."""
    two = results_of(sum_up(2 * [published(n, share, share // 2)]), FLOOR.people)
    one = results_of(published(2 * n, share, share // 2), FLOOR.people)

    assert all(a.share.width >= b.share.width for a, b in zip(two, one, strict=True))


def test_the_noise_of_two_skills_makes_their_sum_less_sure():
    two = results_of(sum_up(2 * [published(30, 50, 20)]), FLOOR.people)[0]
    one = results_of(published(60, 50, 20), FLOOR.people)[0]

    assert two.share.width > one.share.width
