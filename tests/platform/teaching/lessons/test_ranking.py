"""The order of a lesson's parts: what is usual, false alarms, and counts below the floor."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emotion.lesson_parts.part_kinds import PartCounts, PartKind
from teaching.lessons.ranking import PartCount, rank_parts, share_range


def counts(*had_trouble, n=40, kind="chapter"):
    return [PartCount(f"{kind}{at}", kind, count, n) for at, count in enumerate(had_trouble)]


def deeds(rows, seed=1):
    """Return the deeds behind counts: random learners of each part had trouble once."""
    rng = np.random.default_rng(seed)
    found = []
    for kind in dict.fromkeys(row.kind for row in rows):
        own = [row for row in rows if row.kind == kind]
        done, among = (np.zeros((max(row.n for row in own), len(own))) for _ in range(2))
        for at, row in enumerate(own):
            among[: row.n, at] = 1
            done[rng.choice(row.n, row.count, replace=False), at] = 1
        found.append(PartKind(tuple(row.key for row in own), {"had": PartCounts(done, among)}))
    return found


def rank(rows, floor, seed=1):
    return rank_parts(rows, deeds([row for row in rows if row.n >= max(floor, 1)], seed), floor)


def test_a_part_far_above_the_others_comes_first_and_is_harder():
    first, *others = rank(counts(6, 28, 8, 7, 5), 5)

    assert (first.key, first.place, first.first, first.last) == ("chapter1", 1, 1, 1)
    assert first.is_harder
    assert first.drivers == ("had",)
    assert first.usual[1] < first.low < 70 < first.high
    assert not any(each.is_harder for each in others)
    assert all(each.first > 1 for each in others)


def test_equal_parts_share_one_range_of_ranks_and_none_is_harder():
    found = rank(counts(9, 10, 11, 9, 10), 5)

    assert {(each.first, each.last) for each in found} == {(1, 5)}
    assert not any(each.is_harder for each in found)


def test_kinds_are_compared_with_their_own_usual():
    """Questions are all answered wrong more often than chapters are replayed: none stands out."""
    found = rank([*counts(4, 5, 6, 5), *counts(20, 22, 21, 19, kind="question")], 1)

    assert not any(each.is_harder for each in found)
    assert {each.usual for each in found if each.key.startswith("q")} != {
        each.usual for each in found if each.key.startswith("c")
    }


def test_two_parts_say_nothing_about_what_is_usual():
    found = rank(counts(1, 39), 1)

    assert [each.usual for each in found] == [None, None]
    assert not any(each.is_harder for each in found)


def test_parts_with_fewer_people_than_the_floor_are_left_out():
    assert rank([PartCount("a", "chapter", 3, 4)], 5) == []


@pytest.mark.parametrize("n", [5, 12, 60])
def test_every_count_below_the_floor_gives_the_same_interval(n):
    ranges = {share_range(PartCount("a", "chapter", count, n), 5) for count in range(5)}

    assert len(ranges) == 1
    assert share_range(PartCount("a", "chapter", 5, n), 5) not in ranges


@pytest.mark.parametrize("rare", [(0, 0, 0, 0), (4, 4, 4, 4), (1, 0, 4, 2)])
def test_every_count_below_the_floor_gives_the_same_order(rare):
    none = rank(counts(14, 0, 0, 0, 0), 5)

    assert rank(counts(14, *rare), 5) == none
    assert none[0].is_harder


def test_a_lesson_without_any_difference_rarely_shows_one():
    rng = random.Random(33)

    def draw(n):
        parts = counts(*(sum(rng.random() < 0.3 for _ in range(n)) for _ in range(5)), n=n)
        asked = (sum(rng.random() < 0.4 for _ in range(n)) for _ in range(12))
        return [*parts, *counts(*asked, n=n, kind="question")]

    for n in (12, 30, 100):
        alarms = sum(any(each.is_harder for each in rank(draw(n), 5, at)) for at in range(400))
        assert alarms / 400 <= 0.05, n


def test_a_planted_hard_part_is_found():
    rng = random.Random(34)
    shares = (0.25, 0.6, 0.25, 0.25, 0.25)
    found = 0
    for at in range(200):
        rows = counts(*(sum(rng.random() < p for _ in range(30)) for p in shares), n=30)
        first = rank(rows, 5, at)[0]
        found += first.key == "chapter1" and first.is_harder
    assert found / 200 > 0.6


def test_a_harder_part_comes_before_any_other_and_a_place_is_within_its_range():
    found = rank([*counts(24, 3, 3, 3, n=60), *counts(4, 2, 2, 2, n=6, kind="question")], 1)
    assert found[0].is_harder
    assert not any(each.is_harder for each in found[1:])
    assert all(rank.first <= rank.place <= rank.last for rank in found)


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 40), st.booleans()), max_size=12), st.integers(0, 10))
def test_every_place_is_within_its_possible_range(drawn, floor):
    rows = [
        PartCount(f"{at}", "question" if is_question else "chapter", count, 40)
        for at, (count, is_question) in enumerate(drawn)
    ]
    found = rank(rows, floor)
    assert len(found) == len(rows)
    assert [rank.place for rank in found] == list(range(1, len(rows) + 1))
    assert all(rank.first <= rank.place <= rank.last for rank in found)
    harder = [rank.is_harder for rank in found]
    assert harder == sorted(harder, reverse=True)
