"""The order of the lesson map on pools: a planted part comes first, and alike ones seldom do."""

from __future__ import annotations

import numpy as np

from emotion.benchmarks.class_parts.map_rows import describe_film, make_map_rows
from emotion.benchmarks.class_parts.pool import DEEDS, FilmPool
from emotion.simulate.planted_lesson import PARTS, LessonShape

SHAPE = LessonShape(120, 60)
NOTHING = np.zeros((0, 0), np.float32), np.zeros((0, 0), np.bool_)


def make_pool(films=2, learners=40, more=0.0, seed=0):
    """Return films whose part has `more` replays a learner than the others' half a replay."""
    found = []
    for film in range(films):
        rng = np.random.default_rng([seed, film])
        rates = np.full((learners, PARTS, len(DEEDS)), 0.5)
        rates[:, film, DEEDS.index("rewind")] += more
        stuck = rng.poisson(0.05, (learners, PARTS))
        found.append(FilmPool(film, rng.poisson(rates), stuck, *NOTHING))
    return found


def test_a_planted_part_is_found_and_alike_parts_are_not():
    rows = list(make_map_rows(make_pool(), make_pool(more=2.5, seed=1), SHAPE, 30, 1))
    hits = {row["learners"]: row for row in rows if "top1" in row}
    assert hits.keys() == {12, 30}
    assert hits[30]["top1"][0] > 0.9
    assert hits[30]["found"][0] > 0.9
    goals = [row for row in rows if "goal" in row]
    assert len(goals) == 4
    assert all(row["figure"][0] <= 0.1 for row in goals)


def test_a_size_that_the_pool_cannot_fill_is_named():
    rows = list(make_map_rows(make_pool(), make_pool(), SHAPE, 2, 1))
    (missed,) = (row for row in rows if "not measured" in row)
    assert missed["learners"] == 100


def test_presses_are_divided_between_chapter_and_question_and_none_is_lost():
    film = make_pool(learners=60)[0]
    stuck = film.stuck + 3
    chapters, questions = describe_film(film.deeds, stuck, SHAPE, np.random.default_rng(2))
    in_film, asked = (each.sources["stuck"].counts for each in (chapters, questions))
    np.testing.assert_array_equal(in_film + asked, stuck)
    assert 0.6 < in_film.sum() / stuck.sum() < 0.73


def test_a_first_try_is_wrong_as_often_as_tries_are():
    film = make_pool(learners=300)[0]
    deeds = film.deeds.copy()
    deeds[..., DEEDS.index("wrong")], deeds[..., DEEDS.index("right")] = 1, 3
    _, questions = describe_film(deeds, film.stuck, SHAPE, np.random.default_rng(2))
    wrong = questions.sources["wrong"]
    assert wrong.among.all()
    assert 0.22 < wrong.counts.mean() < 0.28
