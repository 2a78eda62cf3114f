"""The simple rule that ranks the parts of a lesson: intervals, what is usual, false alarms."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from teaching.lessons.ranking import PartCount, rank_parts, share_range


def counts(*had_trouble, n=40, kind="chapter"):
    return [PartCount(f"{kind}{at}", kind, count, n) for at, count in enumerate(had_trouble)]


def test_a_part_far_above_the_others_comes_first_and_is_harder():
    first, *others = rank_parts(counts(6, 28, 8, 7, 5), 5)

    assert (first.key, first.place, first.first, first.last) == ("chapter1", 1, 1, 1)
    assert first.is_harder
    assert first.usual[1] < first.low < 70 < first.high
    assert not any(each.is_harder for each in others)
    assert all(each.first > 1 for each in others)


def test_equal_parts_share_one_range_of_ranks_and_none_is_harder():
    found = rank_parts(counts(9, 10, 11, 9, 10), 5)

    assert {(each.first, each.last) for each in found} == {(1, 5)}
    assert not any(each.is_harder for each in found)


def test_kinds_are_compared_with_their_own_usual():
    """Questions are all answered wrong more often than chapters are replayed: none stands out."""
    found = rank_parts([*counts(4, 5, 6, 5), *counts(20, 22, 21, 19, kind="question")], 1)

    assert not any(each.is_harder for each in found)
    assert {each.usual for each in found if each.key.startswith("q")} != {
        each.usual for each in found if each.key.startswith("c")
    }


def test_two_parts_say_nothing_about_what_is_usual():
    found = rank_parts(counts(1, 39), 1)

    assert [each.usual for each in found] == [None, None]
    assert not any(each.is_harder for each in found)


def test_parts_with_fewer_people_than_the_floor_are_left_out():
    assert rank_parts([PartCount("a", "chapter", 3, 4)], 5) == []


@pytest.mark.parametrize("n", [5, 12, 60])
def test_every_count_below_the_floor_gives_the_same_interval(n):
    ranges = {share_range(PartCount("a", "chapter", count, n), 5) for count in range(5)}

    assert len(ranges) == 1
    assert share_range(PartCount("a", "chapter", 5, n), 5) not in ranges


def test_a_lesson_without_any_difference_rarely_shows_one():
    rng = random.Random(33)

    def draw(n):
        parts = counts(*(sum(rng.random() < 0.3 for _ in range(n)) for _ in range(5)), n=n)
        asked = (sum(rng.random() < 0.4 for _ in range(n)) for _ in range(12))
        return [*parts, *counts(*asked, n=n, kind="question")]

    for n in (12, 30, 100):
        alarms = sum(any(each.is_harder for each in rank_parts(draw(n), 5)) for _ in range(400))
        assert alarms / 400 <= 0.05, n


def test_a_planted_hard_part_is_found():
    rng = random.Random(34)
    shares = (0.25, 0.6, 0.25, 0.25, 0.25)
    found = 0
    for _ in range(200):
        first = rank_parts(
            counts(*(sum(rng.random() < p for _ in range(30)) for p in shares), n=30), 5
        )[0]
        found += first.key == "chapter1" and first.is_harder
    assert found / 200 > 0.6


def test_a_place_is_within_its_possible_range_across_kinds():
    """A chapter that is harder than usual comes before a question with a higher interval."""
    found = rank_parts([*counts(12, 3, 3, 3, n=60), *counts(9, 5, 5, 5, n=10, kind="question")], 5)
    assert found[0].is_harder
    assert not found[1].is_harder
    assert all(rank.first <= rank.place <= rank.last for rank in found)


@given(st.lists(st.tuples(st.integers(0, 40), st.booleans()), max_size=12), st.integers(0, 10))
def test_every_place_is_within_its_possible_range(drawn, floor):
    rows = [
        PartCount(f"{at}", "question" if is_question else "chapter", count, 40)
        for at, (count, is_question) in enumerate(drawn)
    ]
    found = rank_parts(rows, floor)
    assert all(rank.first <= rank.place <= rank.last for rank in found)
