"""The course total: weights, dropped grades, and tests without a grade."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courses.gradebook.course_totals import CategorySettings, compute_total

PERCENTS = st.dictionaries(st.integers(1, 9), st.integers(0, 100))


def category(title="Quizzes", weight=50, drop_lowest=0, tests=(1, 2, 3)):
    return CategorySettings(title, weight, drop_lowest, tuple(tests))


@st.composite
def categories(draw):
    """Draw categories that share the tests 1 to 9."""
    owner = draw(st.lists(st.integers(0, 3), min_size=9, max_size=9))
    return [
        category(
            f"c{number}",
            draw(st.integers(1, 100)),
            draw(st.integers(0, 4)),
            [test for test in range(1, 10) if owner[test - 1] == number],
        )
        for number in range(draw(st.integers(1, 3)))
    ]


def test_each_category_counts_with_its_weight():
    rows = [category(weight=30, tests=(1, 2)), category("Exam", 70, tests=(3,))]
    found = compute_total(rows, {1: 60, 2: 80, 3: 50})
    assert found.percent == 56
    assert [(row.percent, row.counted, row.tests) for row in found.categories] == [
        (70, 2, 2),
        (50, 1, 1),
    ]


def test_the_lowest_grades_are_dropped_but_never_the_last_one():
    found = compute_total([category(drop_lowest=1)], {1: 20, 2: 60, 3: 80})
    assert (found.percent, found.categories[0].counted) == (70, 2)
    only = compute_total([category(drop_lowest=3)], {1: 20, 2: 60})
    assert (only.percent, only.categories[0].counted) == (60, 1)


def test_a_test_or_category_without_a_grade_does_not_count():
    rows = [category(weight=30, tests=(1, 2)), category("Exam", 70, tests=(3,))]
    found = compute_total(rows, {2: 80})
    assert found.percent == 80
    assert [row.percent for row in found.categories] == [80, None]


def test_there_is_no_total_without_categories_or_grades():
    assert compute_total([], {1: 50}) is None
    assert compute_total([category()], {9: 50}).percent is None


@pytest.mark.parametrize("grade", [0, 100])
def test_only_all_right_is_100_and_only_all_wrong_is_0(grade):
    same = compute_total([category(tests=range(1, 10))], dict.fromkeys(range(1, 10), grade))
    nearly = compute_total(
        [category(weight=99, tests=range(1, 9)), category("Last", 1, tests=(9,))],
        dict.fromkeys(range(1, 9), grade) | {9: abs(grade - 1)},
    )
    assert same.percent == grade
    assert nearly.percent == abs(grade - 1)


@given(categories(), PERCENTS)
def test_the_total_is_between_the_lowest_and_the_highest_grade(rows, percents):
    inside = [percents[test] for row in rows for test in row.tests if test in percents]
    found = compute_total(rows, percents).percent
    assert found is None if not inside else min(inside) <= found <= max(inside)


@given(categories(), PERCENTS, st.integers(1, 9), st.integers(0, 100))
def test_a_better_grade_never_lowers_the_total(rows, percents, test, more):
    before = {test: 0} | percents
    after = before | {test: min(100, before[test] + more)}
    assert compute_total(rows, after).percent == compute_total(rows, before).percent or (
        compute_total(rows, after).percent > compute_total(rows, before).percent
    )


@given(categories(), PERCENTS)
def test_dropping_grades_never_lowers_the_total(rows, percents):
    whole = [CategorySettings(row.title, row.weight, 0, row.tests) for row in rows]
    dropped, kept = compute_total(rows, percents).percent, compute_total(whole, percents).percent
    assert dropped == kept or dropped > kept
