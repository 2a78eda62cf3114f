"""Contrasts of one learner: bounded, against their own usual, without the drift of the phase."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from emotion.lesson_parts.evidence import (
    exceed_rate,
    exceed_share,
    score_excess,
    score_windows,
    share_contrasts,
)
from emotion.lesson_parts.sources import (
    DRIFT_PER_MINUTE,
    SOURCES,
    LessonWindows,
    make_contrasts,
    score_estimates,
)

COUNTS = arrays(np.float64, (3, 8), elements=st.integers(0, 500).map(float))
SECONDS = np.full(8, 120.0)
PARTS = np.repeat(np.arange(4), 3)
ONE_PHASE = np.zeros(12, np.int64)


@given(COUNTS, COUNTS)
def test_wrong_answers_give_finite_scores_even_without_answers(wrong, right):
    scores = score_excess([exceed_share(wrong, wrong + right)])
    assert np.isfinite(scores).all()
    assert (scores[wrong + right == 0] == 0).all()


def test_a_count_is_compared_with_the_learners_own_rate():
    busy = np.array([[9.0, 3, 3, 3, 3, 3, 3, 3]])
    evenly = np.full((1, 8), 9.0)
    assert score_excess([exceed_rate(busy, SECONDS)])[0, 0] > 1
    np.testing.assert_allclose(exceed_rate(evenly, SECONDS).counts, 0.0)


def test_a_longer_part_may_have_more_of_everything():
    seconds = np.array([240.0, 120.0])
    np.testing.assert_allclose(exceed_rate(np.array([[4.0, 2.0]]), seconds).counts, 0.0)


def test_the_stated_variance_of_a_count_is_that_of_its_excess():
    seconds, rng = np.array([240.0, 120.0, 60.0]), np.random.default_rng(0)
    found = exceed_rate(rng.multinomial(9, seconds / 420, size=20_000).astype(float), seconds)
    np.testing.assert_allclose(found.counts.var(axis=0), found.variance[0], rtol=0.05)


def test_a_part_that_was_not_reached_is_as_usual():
    seconds = np.array([[120.0, 120.0, 0.0]])
    found = exceed_rate(np.array([[4.0, 2.0, 0.0]]), seconds)
    np.testing.assert_allclose(found.counts, [[1.0, -1.0, 0.0]])


@pytest.mark.parametrize("counts", [np.zeros((2, 3)), np.ones((2, 3))])
def test_a_lesson_without_a_film_or_questions_gives_no_evidence_from_there(counts):
    assert (score_excess([exceed_rate(counts, np.zeros((2, 3)))]) == 0).all()


def test_deeds_that_speak_against_it_lower_the_score():
    pauses, rewinds = (exceed_rate(each, SECONDS) for each in np.eye(8)[:2, None] * 4)
    both = score_excess([pauses], minus=[rewinds])
    assert both[0, 0] > 0
    assert both[0, 1] < 0


def test_contrasts_of_a_learner_sum_to_nothing_on_every_source():
    rng = np.random.default_rng(0)
    scores = {(source.axis, source.name): rng.normal(0, 9, (5, 8)) for source in SOURCES}
    found = make_contrasts(scores)
    assert found.keys() == scores.keys()
    for contrasts in found.values():
        np.testing.assert_allclose(contrasts.sum(axis=1), 0.0, atol=1e-12)


def test_other_lessons_change_no_contrast():
    ours, others = np.random.default_rng(0).standard_normal((2, 20, 8))
    alone = make_contrasts({("hard", "sensing"): ours})["hard", "sensing"]
    together = make_contrasts({("hard", "sensing"): np.concatenate([ours, others])})
    np.testing.assert_array_equal(alone, together["hard", "sensing"][:20])


def test_drift_that_everybody_has_is_no_contrast():
    minutes = 2.0 + np.arange(16)
    proba = np.zeros((1, 16, 2))
    proba[..., 0] = 0.3 + DRIFT_PER_MINUTE["boring"] * minutes + np.tile([0.0, 0.01], 8)
    proba[..., 1] = 0.9
    windows = LessonWindows(
        proba=proba,
        abstain=np.zeros((1, 16), bool),
        labels=("BOREDOM", "INTEREST"),
        minutes=minutes,
        parts=np.repeat(np.arange(4), 4),
        phases=np.zeros(16, np.int64),
    )
    np.testing.assert_allclose(score_estimates(windows)["boring", "sensing"], 0.0, atol=1e-9)


@pytest.mark.parametrize("slope", [0.0, 1e-9, 1e-3])
def test_a_learner_whose_estimates_hardly_differ_shows_no_part(slope):
    minutes = 2.0 + np.arange(24)
    proba = np.stack([0.4 + slope * minutes, 0.6 - slope * minutes], axis=-1)[None]
    windows = LessonWindows(
        proba=proba,
        abstain=np.zeros((1, 24), bool),
        labels=("CONFUSION", "INTEREST"),
        minutes=minutes,
        parts=np.repeat(np.arange(8), 3),
        phases=np.zeros(24, np.int64),
    )
    contrasts = make_contrasts(score_estimates(windows))["hard", "sensing"]
    np.testing.assert_allclose(contrasts, 0.0)


def test_windows_that_abstain_change_nothing():
    rng = np.random.default_rng(0)
    values, certainty = rng.random((2, 12)), rng.random((2, 12))
    certainty[:, 5] = 0.0
    strange = values.copy()
    strange[:, 5] = 99.0
    np.testing.assert_allclose(
        score_windows(values, certainty, PARTS, ONE_PHASE),
        score_windows(strange, certainty, PARTS, ONE_PHASE),
    )


def test_a_learner_who_is_always_confused_shows_no_part():
    values, sure = np.full((1, 12), 0.9), np.ones((1, 12))
    np.testing.assert_allclose(score_windows(values, sure, PARTS, ONE_PHASE), 0.0, atol=1e-6)


def test_a_phase_with_other_values_is_not_taken_for_a_part():
    parts, phases = np.tile([0, 1], 6), np.repeat([0, 1], 6)
    values = np.where(phases == 1, 0.8, 0.2)[None] + np.tile([0.0, 0.1], 6)
    scores = score_windows(values, np.ones((1, 12)), parts, phases)
    np.testing.assert_allclose(scores[0, 0], -scores[0, 1])
    assert scores[0, 1] > 1


def test_a_learner_without_windows_has_no_contrast():
    scores = score_windows(np.ones((1, 12)), np.zeros((1, 12)), PARTS, ONE_PHASE)
    assert np.isnan(share_contrasts(scores)).all()
