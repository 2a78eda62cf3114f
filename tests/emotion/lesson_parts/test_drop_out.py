"""Learners who stop early make no part look hard or boring, and a quiz alone can be compared."""

from __future__ import annotations

import numpy as np
import pytest

from emotion.lesson_parts.cells import publish_actions
from emotion.lesson_parts.pooling import ALARMS, estimate_parts
from emotion.lesson_parts.sources import LessonDeeds, list_sources, make_contrasts, score_deeds

PARTS, LEARNERS, LESSONS = 8, 30, 300


def draw_deeds(rng, seen, *, film=120.0, question=60.0):
    """Draw deeds of parts that are alike for everybody who saw them."""
    shape = seen.shape
    return LessonDeeds(
        rewinds=rng.poisson(0.5 if film else 0, shape) * seen,
        pauses=rng.poisson(0.4 if film else 0, shape) * seen,
        hints=rng.poisson(0.3 if question else 0, shape) * seen,
        wrong=rng.binomial(1, 0.3 if question else 0, shape) * seen,
        answers=seen if question else 0 * seen,
        stuck=rng.poisson(0.1, shape) * seen,
        film_s=film * seen,
        question_s=question * seen,
    )


def estimate(deeds, axis):
    (source, *_) = list_sources(axis)
    contrasts = make_contrasts(score_deeds(deeds))[axis, source.name]
    return estimate_parts([publish_actions(contrasts, source)])


@pytest.mark.parametrize("axis", ["hard", "boring"])
def test_early_parts_are_like_late_ones_where_half_the_class_stops_early(axis):
    early, verdicts = [], []
    for seed in range(LESSONS):
        rng = np.random.default_rng(seed)
        last = np.where(np.arange(LEARNERS) < LEARNERS // 2, rng.integers(3, 5, LEARNERS), PARTS)
        found = estimate(draw_deeds(rng, 1.0 * (np.arange(PARTS) < last[:, None])), axis)
        early.append(found.index[:3].mean() - found.index[5:].mean())
        verdicts.append(found.unusual.any())
    # With rates over parts that half of them never reached it is 1.
    assert abs(np.mean(early)) < 0.2
    assert np.mean(verdicts) <= ALARMS / 2


@pytest.mark.parametrize(("film", "question"), [(120.0, 0.0), (0.0, 60.0)])
def test_a_film_alone_and_a_quiz_alone_have_an_estimate(film, question):
    deeds = draw_deeds(
        np.random.default_rng(1), np.ones((LEARNERS, PARTS)), film=film, question=question
    )
    deeds.stuck[:20, 5] += 3
    found = estimate(deeds, "hard")
    assert np.isfinite(found.index).all()
    assert found.ranks[5] == 1
    assert found.unusual[5]
