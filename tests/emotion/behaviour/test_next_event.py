"""Prediction of the next event: probabilities use only the past, each model as its name says."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emotion.behaviour.event_history import MARKS, make_history
from emotion.behaviour.next_event import WEIGHT, HiddenMarkovEvents, HybridEvents, MarkovChain
from emotion.behaviour.video_log import EVENTS
from tests.fixtures.emotion.video_logs import PAUSED, PLAYED, SEEKED, events, learners

TRAIN, TEST = learners(60, 1), learners(30, 2)


@pytest.fixture(scope="module")
def fit_models():
    models = {"unigram": MarkovChain(0), "markov1": MarkovChain(1), "markov3": MarkovChain(3)}
    models |= {"hmm": HiddenMarkovEvents((4,), 0), "hybrid": HybridEvents(4, 0)}
    return {name: model.fit(TRAIN) for name, model in models.items()}


def perplexity(model):
    chances = np.concatenate([model.chances(each) for each in TEST])
    kinds = np.concatenate([each.kind for each in TEST])
    return np.exp(-np.log(chances[np.arange(len(kinds)), kinds]).mean())


def test_probabilities_of_all_events_sum_to_one(fit_models):
    for model in fit_models.values():
        found = model.chances(TEST[0])
        assert found.shape == (len(TEST[0].kind), len(EVENTS))
        np.testing.assert_allclose(found.sum(axis=1), 1)
        assert (found > 0).all()


def test_a_model_of_more_history_has_lower_perplexity(fit_models):
    found = {name: perplexity(model) for name, model in fit_models.items()}
    assert found["unigram"] > found["markov1"] > found["hmm"]
    assert found["unigram"] > found["hybrid"]


@pytest.mark.parametrize("name", ["unigram", "markov1", "markov3", "hmm", "hybrid"])
@settings(max_examples=15)
@given(at=st.integers(0, 20), seed=st.integers(0, 100))
def test_no_probability_depends_on_its_own_or_later_events(fit_models, name, at, seed):
    rng = np.random.default_rng(seed)
    one = events(rng.integers(0, len(EVENTS), 21), rng.integers(0, 3, 21))
    other = replace(
        one,
        kind=np.concatenate([one.kind[:at], rng.integers(0, len(EVENTS), 21 - at)]),
        at=np.concatenate([one.at[:at], one.at[at:] + 5000.0 * rng.random()]),
        session=np.concatenate([one.session[:at], rng.integers(0, 9, 21 - at)]),
        video=np.concatenate([one.video[:at], rng.integers(0, 9, 21 - at)]),
        position=np.concatenate([one.position[:at], 100 * rng.random(21 - at)]),
    )
    before, after = (fit_models[name].chances(each)[: at + 1] for each in (one, other))
    np.testing.assert_allclose(before, after)


def test_the_unigram_is_the_share_of_each_event():
    found = MarkovChain(0).fit([events([PLAYED] * 6 + [PAUSED] * 3)]).chances(events([PAUSED]))[0]
    assert found[PLAYED] == pytest.approx((6 + WEIGHT / 8) / (9 + WEIGHT))


def test_a_markov_chain_falls_back_for_contexts_without_data():
    model = MarkovChain(2).fit([events([PLAYED, PAUSED] * 20)])
    found = model.chances(events([PLAYED, PAUSED, SEEKED, PLAYED]))
    assert found[2, PLAYED] > 0.9
    unseen, last = found[3], model.chances(events([SEEKED]))[0]
    assert unseen[PLAYED] > unseen[SEEKED] > 0
    assert last[PLAYED] > 0.5


def test_the_hidden_markov_model_selects_its_number_of_states():
    model = HiddenMarkovEvents((1, 3), 0).fit(TRAIN)
    assert model.choice.k == 3
    assert model.model.moves.shape == (3, 3)
    assert set(model.choice.held_out) == {1, 3}


def test_a_history_counts_actions_and_places():
    one = events([PLAYED, PAUSED, PLAYED, SEEKED], [0, 0, 1, 0])
    found = make_history(one)
    assert found[0, :MARKS].tolist() == [len(EVENTS)] * MARKS
    assert found[3, :MARKS].tolist() == [PLAYED, PAUSED, PLAYED]
    done = found[:, MARKS : MARKS + len(EVENTS)]
    assert done[3, [PLAYED, PAUSED, SEEKED]].tolist() == [2, 1, 0]
    assert found[:, -1].tolist() == [0, 1, 2, 3]
    assert np.isnan(found[0]).any()
    assert found[3, -2] == 2
