"""Elo of all learners at once equals the live Elo; difficulties come from other learners."""

from __future__ import annotations

import numpy as np
import pytest

from emotion.knowledge.elo import Rating, Ratings, predicted_success, update
from emotion.knowledge.tracers.elo_states import PACES, EloStates, transform_crosswise
from tests.fixtures.emotion.response_logs import make_log, replace_answers, split

LOG = make_log(seed=5)


def predict_live(log, difficulty):
    """Return probabilities by `emotion.knowledge.elo`, one answer at a time."""
    overall, skills, found = {}, {}, []
    for row, user in enumerate(log.users.tolist()):
        names = [(user, skill) for skill in log.skills[[row]].indices.tolist()]
        before = Ratings(
            overall.get(user, Rating()), tuple(skills.get(name, Rating()) for name in names)
        )
        found.append(predicted_success(before, difficulty[row]))
        after = update(before, difficulty[row], correct=bool(log.correct[row]))
        overall[user] = after.overall
        skills.update(zip(names, after.skills, strict=True))
    return found


def test_it_predicts_like_the_live_tracer():
    states = EloStates().fit(LOG)
    expected = predict_live(LOG, states.difficulties(LOG))
    np.testing.assert_allclose(states.predict_proba(LOG)[:, 1], expected, atol=1e-12)


def test_harder_items_have_higher_difficulties():
    items = make_log(learners=300, seed=6)
    share = np.bincount(items.items, items.correct) / np.bincount(items.items)
    found = EloStates().fit(items).difficulty_
    assert np.corrcoef(share, found)[0, 1] < -0.9


def test_an_unseen_item_is_as_hard_as_its_skills():
    states = EloStates().fit(LOG.take(np.flatnonzero(LOG.items != 3)))
    rows = np.flatnonzero(LOG.items == 3)
    expected = (LOG.skills @ states.skill_difficulty_) / np.diff(LOG.skills.indptr)
    np.testing.assert_allclose(states.difficulties(LOG)[rows], expected[rows])
    assert np.isnan(states.difficulty_[3])


def test_a_learners_own_answers_do_not_affect_its_difficulties():
    """Otherwise a model trained on the states would see future answers."""
    user = LOG.users[-1]
    own = np.flatnonzero(user == LOG.users)
    changed = replace_answers(LOG, own, 1 - LOG.correct[own])
    first, second = (
        transform_crosswise(log, rng=np.random.default_rng(0)) for log in (LOG, changed)
    )
    np.testing.assert_array_equal(first[own, 0], second[own, 0])
    everyone = [EloStates().fit(log).transform(log)[own, 0] for log in (LOG, changed)]
    assert np.abs(everyone[0] - everyone[1]).max() > 0.01


def test_the_states_are_those_before_each_answer():
    train, test = split(LOG, 30)
    found = EloStates().fit(train).transform(test)
    assert found.shape == (len(test), 5 + 2 * len(PACES))
    first = np.flatnonzero(np.diff(np.append(-1, test.users)))
    assert (found[first, 5:] == 0).all()
    assert found[first, 3] == pytest.approx(-found[first, 0])
