"""Parts are ordered within their kind, from all sources, and rare deeds say nothing."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emotion.lesson_parts.part_kinds import PartCounts, PartKind, hide_rare, is_shown, order_parts

PARTS = 6


def draw_counts(rng, learners, rates, among=None):
    among = np.full((learners, len(rates)), 60.0) if among is None else among
    return PartCounts(rng.poisson(np.array(rates) * (among > 0)).astype(float), among)


def make_kind(rng, learners=30, *, replayed=(0.5,) * PARTS, stuck=(0.05,) * PARTS, name="c"):
    keys = tuple(f"{name}{at}" for at in range(len(replayed)))
    sources = {
        "replayed": draw_counts(rng, learners, replayed),
        "stuck": draw_counts(rng, learners, stuck),
    }
    return PartKind(keys, sources)


def find(found, key):
    return next(each for each in found if each.key == key)


def test_the_part_where_most_happened_comes_first_and_is_unusual():
    rates = (0.4, 0.4, 2.5, 0.4, 0.4, 0.4)
    found = order_parts([make_kind(np.random.default_rng(1), replayed=rates)], 5)
    assert found[0].key == "c2"
    assert found[0].is_unusual
    assert found[0].drivers == ("replayed",)
    assert (found[0].first, found[0].last) == (1, 1)
    assert not any(each.is_unusual for each in found[1:])


def test_sources_that_are_weak_alone_add_up():
    more = (0.5, 0.5, 0.5, 1.05, 0.5, 0.5)

    def rate(replayed, stuck):
        return sum(
            find(order_parts([kind], 5), "c3").is_unusual
            for seed in range(60)
            for kind in [make_kind(np.random.default_rng(seed), 40, replayed=replayed, stuck=stuck)]
        )

    flat = (0.5,) * PARTS
    both, one, other = rate(more, more), rate(more, flat), rate(flat, more)
    assert both > max(one, other) + 10


def test_a_kind_is_compared_with_its_own_parts_alone():
    rng = np.random.default_rng(3)
    busy = make_kind(rng, replayed=(3.0,) * PARTS, name="q")
    found = order_parts([make_kind(rng), busy], 5)
    assert not any(each.is_unusual for each in found)
    assert {each.key[0] for each in found[:PARTS]} == {"c", "q"}


def test_more_happening_in_a_longer_part_is_usual():
    rng = np.random.default_rng(4)
    seconds = np.tile([20.0, 20, 20, 200, 20, 20], (40, 1))
    counts = PartCounts(rng.poisson(0.02 * seconds).astype(float), seconds)
    found = order_parts([PartKind(tuple("abcdef"), {"replayed": counts})], 5)
    assert not any(each.is_unusual for each in found)


@pytest.mark.parametrize("grows", ["with the seconds", "not at all"])
def test_a_chapters_length_alone_makes_it_neither_hard(grows):
    seconds = np.array([40.0, 30.0, 9.0, 35.0, 80.0])
    rates = 0.012 * seconds if grows == "with the seconds" else np.full(5, 0.4)
    alarms, lessons = 0, 200
    for seed in range(lessons):
        counts = np.random.default_rng(seed).poisson(rates, (55, 5)).astype(float)
        by_second, by_visit = (
            {"replayed": PartCounts(counts, np.tile(among, (55, 1)))}
            for among in (seconds, np.ones(5))
        )
        found = order_parts([PartKind(tuple("abcde"), by_second, by_visit)], 1)
        alarms += any(each.is_unusual for each in found)
    assert alarms / lessons <= 0.05


def test_a_hard_chapter_of_another_length_is_still_found():
    seconds, hits = np.array([40.0, 30.0, 20.0, 35.0, 80.0]), 0
    for seed in range(50):
        counts = np.random.default_rng(seed).poisson([0.4, 0.4, 1.8, 0.4, 0.4], (55, 5))
        by_second, by_visit = (
            {"replayed": PartCounts(counts.astype(float), np.tile(among, (55, 1)))}
            for among in (seconds, np.ones(5))
        )
        first = order_parts([PartKind(tuple("abcde"), by_second, by_visit)], 1)[0]
        hits += first.key == "c" and first.is_unusual
    assert hits > 45


def test_learners_who_stop_early_do_not_make_the_first_parts_hard():
    alarms = 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        among = np.full((30, PARTS), 60.0)
        among[:15, 2:] = 0
        counts = PartCounts(rng.poisson(0.5 * (among > 0)).astype(float), among)
        found = order_parts([PartKind(tuple("abcdef"), {"replayed": counts})], 5)
        alarms += any(each.is_unusual for each in found)
    assert alarms / 200 <= 0.05


@pytest.mark.parametrize("learners", [12, 30, 100])
def test_lessons_of_equal_parts_seldom_show_one(learners):
    alarms, lessons = 0, 400
    for seed in range(lessons):
        rng = np.random.default_rng([seed, learners])
        kinds = [make_kind(rng, learners), make_kind(rng, learners, name="q")]
        alarms += any(each.is_unusual for each in order_parts(kinds, 5))
    # Two standard errors of the share itself, as so many draws are few.
    assert alarms / lessons <= 0.05 + 2 * (0.05 * 0.95 / lessons) ** 0.5


@settings(deadline=None)
@given(st.data())
def test_deeds_of_fewer_people_than_the_floor_change_nothing(data):
    floor = data.draw(st.integers(2, 6))
    rng = np.random.default_rng(data.draw(st.integers(0, 99)))
    kind = make_kind(rng, 20, replayed=(0.6, 0.6, 0.0, 0.0, 0.6, 1.2))
    before = order_parts([kind], floor)
    counts = kind.sources["replayed"].counts.copy()
    for part in (2, 3):
        some = data.draw(st.lists(st.integers(0, 19), max_size=floor - 1, unique=True))
        counts[some, part] = data.draw(st.integers(1, 9))
    changed = PartCounts(counts, kind.sources["replayed"].among)
    after = order_parts([PartKind(kind.keys, {**kind.sources, "replayed": changed})], floor)
    assert after == before


def test_a_rare_deed_is_no_evidence_even_in_a_short_part():
    """Four of 30 could have replayed a chapter of 5 s: that would be a high rate."""
    rng = np.random.default_rng(6)
    seconds = np.tile([300.0, 300, 300, 5], (30, 1))
    counts = rng.poisson(0.4, (30, 4)).astype(float)
    counts[:, 3] = 0
    found = order_parts([PartKind(tuple("abcd"), {"replayed": PartCounts(counts, seconds)})], 5)
    short = find(found, "d")
    assert not short.is_unusual
    assert short.drivers == ()
    assert short.score <= 0.5


def test_counts_below_the_floor_are_taken_as_the_most_they_could_be():
    counts = np.zeros((10, 2))
    counts[:6, 0], counts[:2, 1] = 2, 7
    found = PartCounts(counts, np.ones((10, 2)))
    shown = is_shown(found, 5)
    assert shown.tolist() == [True, False]
    hidden = hide_rare(found, shown, 5).counts
    np.testing.assert_array_equal(hidden[:, 0], counts[:, 0])
    np.testing.assert_allclose(hidden[:, 1], 0.4)


def test_too_few_learners_have_no_order():
    assert order_parts([make_kind(np.random.default_rng(1), 4)], 5) == []
    assert order_parts([], 5) == []


def test_learners_who_were_nowhere_do_not_count():
    rng = np.random.default_rng(8)
    counts = rng.poisson(0.5, (20, 4)).astype(float)
    seconds = np.full((20, 4), 60.0)
    alone = order_parts([PartKind(tuple("abcd"), {"replayed": PartCounts(counts, seconds)})], 1)
    more = PartCounts(np.vstack([counts, np.ones((9, 4))]), np.vstack([seconds, np.zeros((9, 4))]))
    assert order_parts([PartKind(tuple("abcd"), {"replayed": more})], 1) == alone
