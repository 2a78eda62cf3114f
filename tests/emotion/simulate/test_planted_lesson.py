"""A planted lesson: its qualities, the same luck in every world, and what a plant changes."""

from __future__ import annotations

import numpy as np
import pytest

from emotion.labels import AFFECTS, Affect
from emotion.simulate import effects as coefficients
from emotion.simulate.planted_lesson import (
    LEFT_OUT,
    PARTS,
    VIDEO_KINDS,
    LessonShape,
    Plant,
    draw_film_levels,
    draw_stuck,
    make_lesson,
    simulate_learner,
)

EFFECTS = coefficients.load()
LEVELS = draw_film_levels(np.random.default_rng(1))
SHAPE = LessonShape()
PLAIN = make_lesson(LEVELS, None, EFFECTS, SHAPE)
HARD = make_lesson(LEVELS, Plant("hard", 3, 1.0), EFFECTS, SHAPE)


def test_the_kinds_of_video_are_in_the_order_of_the_file():
    for kind, leaning in zip(VIDEO_KINDS, EFFECTS.videos, strict=True):
        assert kind in AFFECTS
        assert leaning.shape == (5,)
    difficulty = [leaning[0] for leaning in EFFECTS.videos]
    assert VIDEO_KINDS[int(np.argmax(difficulty))] == "CONFUSION"
    assert VIDEO_KINDS[int(np.argmin(difficulty))] == "BOREDOM"


def test_every_second_belongs_to_one_part_and_each_part_is_as_long():
    parts = SHAPE.find_part(np.arange(SHAPE.lesson_s, dtype=np.float64))
    np.testing.assert_array_equal(np.bincount(parts), [120 + 60] * PARTS)
    assert SHAPE.find_part(
        np.array([0.0, 119.0, 120.0, SHAPE.film_s, SHAPE.film_s + 61.0])
    ).tolist() == [
        0,
        0,
        1,
        0,
        1,
    ]


def test_all_parts_are_alike_without_a_plant():
    assert PLAIN.seconds == SHAPE.lesson_s
    for name in ("difficulty", "novelty", "pace", "humour", "visual"):
        assert np.ptp(getattr(PLAIN, name)) == 0


def test_a_plant_changes_its_chapter_and_question_alone():
    changed = HARD.difficulty != PLAIN.difficulty
    starts = np.arange(0.0, SHAPE.lesson_s, 10.0)
    np.testing.assert_array_equal(changed, SHAPE.find_part(starts) == 3)
    logit = np.log(HARD.difficulty / (1 - HARD.difficulty))
    assert np.ptp(logit) == pytest.approx(1.5)


def test_the_same_key_gives_the_same_learner_until_the_plant():
    first, again, planted = (
        simulate_learner(lesson, EFFECTS, SHAPE, (5, 0, 2)) for lesson in (PLAIN, PLAIN, HARD)
    )
    np.testing.assert_array_equal(first.recording.states, again.recording.states)
    assert first.deeds == again.deeds
    before = slice(0, 3 * SHAPE.chapter_s)
    np.testing.assert_array_equal(first.recording.states[before], planted.recording.states[before])
    assert first.recording.streams.keys() == planted.recording.streams.keys()
    assert not LEFT_OUT & first.recording.streams.keys()


def test_answers_and_hints_come_in_the_questions_and_rewinds_in_the_film():
    for key in range(4):
        for deed in simulate_learner(PLAIN, EFFECTS, SHAPE, (5, 0, key)).deeds:
            assert (deed.t >= SHAPE.film_s) == (deed.deed in {"right", "wrong", "hint"}) or (
                deed.deed == "rate"
            )


def test_a_hard_part_confuses_only_where_content_moves_states():
    shares = {}
    for pull in (1.0, 0.0):
        for lesson in (PLAIN, HARD):
            states = np.concatenate(
                [
                    simulate_learner(lesson, EFFECTS, SHAPE, (5, 0, n), pull=pull).recording.states
                    for n in range(6)
                ]
            )
            shares[pull, lesson is HARD] = np.mean(states == AFFECTS.index(Affect.CONFUSION))
    assert shares[1.0, True] > shares[1.0, False]
    assert shares[0.0, True] == shares[0.0, False]


def test_those_who_are_frustrated_press_stuck():
    frustrated = np.full(20_000, AFFECTS.index(Affect.FRUSTRATION))
    bored = np.full(20_000, AFFECTS.index(Affect.BOREDOM))
    assert len(draw_stuck(frustrated, np.random.default_rng(0))) == pytest.approx(80, abs=27)
    assert len(draw_stuck(bored, np.random.default_rng(0))) < 12
