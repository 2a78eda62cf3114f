"""A test draws questions with a tag, none of them twice, and needs enough of them."""

from __future__ import annotations

from random import Random

import pytest

from courses.questions.random_questions import (
    RandomEntry,
    Shortage,
    draw_questions,
    find_shortage,
    read_entries,
)

BANK = {"a": ["loops"], "b": ["loops", "hard"], "c": ["hard"], "d": [], "e": ["loops"]}


def test_each_entry_draws_its_number_and_nothing_twice():
    entries = [RandomEntry("loops", 2), RandomEntry("hard", 1, 3), RandomEntry("loops", 1)]
    bank = BANK | {"f": ["loops"], "g": ["hard"]}
    for seed in range(50):
        drawn = draw_questions(entries, bank, rng=Random(seed))
        keys = [key for key, _ in drawn]
        assert len(set(keys)) == len(keys) == 4
        assert all(entry.tag in bank[key] for key, entry in drawn)
        assert [entry for _, entry in drawn] == [entries[0], entries[0], entries[1], entries[2]]


def test_every_question_with_the_tag_is_drawn_about_as_often():
    rng, counts = Random(1), dict.fromkeys("abe", 0)
    for _ in range(3000):
        for key, _entry in draw_questions([RandomEntry("loops", 1)], BANK, rng=rng):
            counts[key] += 1
    assert all(900 < number < 1100 for number in counts.values())


@pytest.mark.parametrize(
    ("entries", "short"),
    [
        ([RandomEntry("loops", 3)], None),
        ([RandomEntry("loops", 4)], Shortage(RandomEntry("loops", 4), 3)),
        ([RandomEntry("sums", 1)], Shortage(RandomEntry("sums", 1), 0)),
        ([RandomEntry("loops", 2), RandomEntry("loops", 1)], None),
        # The first entry may take "b", but no other question that is hard.
        ([RandomEntry("loops", 2), RandomEntry("hard", 1)], None),
        (
            [RandomEntry("loops", 2), RandomEntry("hard", 2)],
            Shortage(RandomEntry("hard", 2), 1),
        ),
        (
            [RandomEntry("loops", 2), RandomEntry("loops", 2)],
            Shortage(RandomEntry("loops", 2), 1),
        ),
    ],
)
def test_a_test_needs_enough_questions_whatever_is_drawn_first(entries, short):
    assert find_shortage(entries, BANK) == short


@pytest.mark.parametrize("seed", range(30))
def test_what_has_no_shortage_can_always_be_drawn(seed):
    rng = Random(seed)
    tags = ["x", "y", "z"]
    bank = {key: rng.sample(tags, rng.randint(0, 3)) for key in range(rng.randint(1, 12))}
    entries = [RandomEntry(rng.choice(tags), rng.randint(1, 4)) for _ in range(rng.randint(1, 3))]
    if find_shortage(entries, bank) is None:
        for draw in range(20):
            draw_questions(entries, bank, rng=Random(draw))


def test_points_are_one_by_default():
    rows = [{"tag": "loops", "count": 2}, {"tag": "hard", "count": 1, "points": 2}]
    assert read_entries(rows) == (RandomEntry("loops", 2, 1.0), RandomEntry("hard", 1, 2.0))
