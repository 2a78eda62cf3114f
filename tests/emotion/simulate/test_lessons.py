"""A simulated hour has the two kinds of confusion, and a detector with the requested accuracy."""

from __future__ import annotations

from itertools import groupby

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from emotion.simulate.lessons import (
    FRUSTRATED,
    LABELS,
    LASTING,
    LASTING_,
    LONG_S,
    PASSING,
    WINDOW_S,
    WINDOWS,
    draw_lesson,
    simulate_guesses,
    smooth,
)

HOURS = 120


@pytest.fixture(scope="module")
def drawn():
    return [draw_lesson(np.random.default_rng([3, n])) for n in range(HOURS)]


def test_the_same_seed_gives_the_same_hour():
    one, other = (draw_lesson(np.random.default_rng(5)) for _ in range(2))
    assert np.array_equal(one.states, other.states)
    assert np.array_equal(one.answered, other.answered)
    again = [simulate_guesses(one, 0.8, np.random.default_rng(6))["confusion"] for _ in range(2)]
    assert np.array_equal(*again)


def test_a_third_of_confusion_lasts(drawn):
    entered = np.concatenate([d.states[1:][np.diff(d.states) != 0] for d in drawn])
    passing, lasting = (entered == PASSING).sum(), (entered == LASTING_).sum()
    assert lasting / (passing + lasting) == pytest.approx(LASTING, abs=0.04)


@pytest.mark.parametrize("auc", [0.77, 0.89, 0.98])
@pytest.mark.parametrize("label", LABELS)
def test_the_detector_has_the_requested_auc(drawn, auc, label):
    guesses = [
        simulate_guesses(d, auc, np.random.default_rng([4, n]))[label] for n, d in enumerate(drawn)
    ]
    inside = np.concatenate([np.isin(d.states, LABELS[label]) for d in drawn])
    assert roc_auc_score(inside, np.concatenate(guesses)) == pytest.approx(auc, abs=0.03)


def test_trouble_is_confusion_of_more_than_half_a_minute(drawn):
    for lesson in drawn[:20]:
        assert lesson.trouble.shape == (WINDOWS,)
        inside = np.isin(lesson.states, (LASTING_, FRUSTRATED))
        lengths = [len(list(run)) * WINDOW_S for within, run in groupby(inside) if within]
        long = [length for length in lengths if length > LONG_S]
        assert lesson.stretches["trouble"] == len(long)
        numbered = [WINDOW_S * (lesson.trouble == n).sum() for n in range(len(long))]
        assert numbered == long
        assert not (lesson.trouble >= 0)[~inside].any()


def test_questions_are_answered_in_quizzes_and_videos_rewound_outside(drawn):
    for lesson in drawn[:20]:
        assert not lesson.answered[~lesson.on_quiz].any()
        assert not lesson.rewound[lesson.on_quiz].any()
        assert lesson.answered.any()


def test_smoothing_keeps_the_level_and_reduces_variation(drawn):
    raw = simulate_guesses(drawn[0], 0.77, np.random.default_rng(1))["confusion"]
    calm = smooth(raw)
    assert calm.mean() == pytest.approx(raw.mean(), abs=0.02)
    assert np.diff(calm).std() < 0.5 * np.diff(raw).std()
    assert np.allclose(smooth(np.full(WINDOWS, 0.4)), 0.4)
