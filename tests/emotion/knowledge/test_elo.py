"""Elo updates by surprise, in constant time, and recovers unknown abilities."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emotion.knowledge.elo import (
    OVERALL_GAIN,
    SKILL_GAIN,
    Gain,
    Rating,
    Ratings,
    difficulty_logit,
    predicted_success,
    sigmoid,
    update,
)

unhurried = settings(deadline=None)
ratings = st.builds(Rating, st.floats(-5, 5), st.integers(0, 500))
states = st.builds(Ratings, ratings, st.lists(ratings, min_size=1, max_size=4).map(tuple))
difficulties = st.floats(-4, 4)


def test_a_worked_answer_by_hand():
    before = Ratings(Rating(0.2, 4), (Rating(0.5, 2), Rating(-0.1, 0)))
    # 0.2 + (0.5 - 0.1) / 2 - 1 = -0.6; sigma(-0.6) = 0.354344
    assert predicted_success(before, 1.0) == pytest.approx(0.354344, abs=1e-6)
    after = update(before, 1.0, correct=True)
    # K = 0.4 / 1.2 = 0.333333; 0.6 / 1.1 = 0.545455; 0.6 / 1 = 0.6; surprise 0.645656
    assert after.overall == Rating(pytest.approx(0.415219, abs=1e-6), 5)
    assert after.skills[0] == Rating(pytest.approx(0.852176, abs=1e-6), 3)
    assert after.skills[1] == Rating(pytest.approx(0.287394, abs=1e-6), 1)


@pytest.mark.parametrize(("answers", "step"), [(0, 1.0), (20, 0.5), (180, 0.1)])
def test_the_step_shrinks_with_the_answers(answers, step):
    assert Gain(1.0, 0.05).after(answers) == pytest.approx(step)


@unhurried
@given(states, difficulties, st.booleans())
def test_a_right_answer_lifts_every_rating_and_a_wrong_one_lowers_them(state, difficulty, correct):
    after = update(state, difficulty, correct=correct)
    for old, new in zip(
        (state.overall, *state.skills), (after.overall, *after.skills), strict=True
    ):
        assert (new.value > old.value) is correct
        assert new.answers == old.answers + 1
        assert abs(new.value - old.value) <= max(OVERALL_GAIN.a, SKILL_GAIN.a)


@unhurried
@given(states, difficulties, difficulties)
def test_harder_questions_are_less_likely_right(state, one, other):
    easy, hard = sorted((one, other))
    assert 0 < predicted_success(state, hard) <= predicted_success(state, easy) < 1


@unhurried
@given(st.floats(-1e6, 1e6))
def test_the_sigmoid_is_symmetric_and_never_overflows(logit):
    assert 0.0 <= sigmoid(logit) <= 1.0
    assert sigmoid(logit) + sigmoid(-logit) == pytest.approx(1.0)


def test_a_course_difficulty_is_converted_to_logits():
    assert [difficulty_logit(n) for n in (1, 3, 5)] == [-1.5, 0.0, 1.5]
    with pytest.raises(ValueError, match="expected 1 to 5, got 6"):
        difficulty_logit(6)


@pytest.mark.parametrize(("skills", "difficulty"), [((), 0.0), ((Rating(),), math.nan)])
def test_it_refuses_an_invalid_question(skills, difficulty):
    with pytest.raises(ValueError, match="expected"):
        predicted_success(Ratings(Rating(), skills), difficulty)


def walk(rng, overall, skills, answers):
    """Simulate a learner of fixed abilities on every skill; return predictions and truths."""
    state = {name: Rating() for name in range(len(skills))}
    whole, rows = Rating(), []
    for _ in range(answers):
        name, difficulty = int(rng.integers(len(skills))), float(rng.normal())
        chance = sigmoid(overall + skills[name] - difficulty)
        before = Ratings(whole, (state[name],))
        correct = bool(rng.random() < chance)
        rows.append((predicted_success(before, difficulty), chance, correct))
        after = update(before, difficulty, correct=correct)
        whole, (state[name],) = after.overall, after.skills
    return whole, state, rows


def test_it_recovers_the_abilities_of_simulated_learners():
    rng = np.random.default_rng(20261120)
    true, found, rows = [], [], []
    for _ in range(60):
        overall, skills = float(rng.normal()), rng.normal(0, 0.8, size=3).tolist()
        whole, state, answers = walk(rng, overall, skills, 120)
        true += [overall + skill for skill in skills]
        found += [whole.value + state[name].value for name in range(3)]
        rows += answers[60:]
    predicted, chance, correct = map(np.array, zip(*rows, strict=True))
    assert np.corrcoef(true, found)[0, 1] > 0.9
    assert np.abs(predicted - chance).mean() < 0.1
    assert abs(predicted.mean() - correct.mean()) < 0.02
    # Better than one number for all, by log loss in nats.
    loss = -np.log(np.where(correct, predicted, 1 - predicted)).mean()
    share = correct.mean()
    assert loss < -(share * np.log(share) + (1 - share) * np.log(1 - share)) - 0.05


def test_a_skill_is_distinguished_from_overall_ability():
    rng = np.random.default_rng(3)
    _, state, _ = walk(rng, 0.5, [1.5, -1.5], 200)
    assert state[0].value - state[1].value > 1.5


def test_its_cost_does_not_grow_with_the_history():
    state = Ratings(Rating(), (Rating(),))
    sizes = set()
    for correct in itertools.islice(itertools.cycle([True, False]), 300):
        state = update(state, 0.0, correct=correct)
        sizes.add(len(state.skills))
    assert sizes == {1}
    assert state.overall.answers == 300
