"""Training of behaviour models: each family finds the states, and the artefact filters the same."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from emotion import artefacts
from emotion.behaviour.hmm import filter_all, likeliest_path, sum_by_name
from emotion.behaviour.model_selection import StateCountChoice
from emotion.behaviour.observations import NAMES, to_gaussian
from emotion.behaviour.simulated_sittings import TRUE, simulate
from emotion.models.behaviour.train import (
    FORMS,
    STATES,
    BehaviourRecipe,
    make_model,
    measure,
    refit_model,
    train,
)
from emotion.training.recipe import read_shipped

SHIPPED = Path(__file__).parents[4] / "artefacts"
SMALL = replace(read_shipped("behaviour", BehaviourRecipe), train=40, test=15, steps=60, starts=1)


@pytest.fixture(scope="module")
def learned():
    return train(SMALL, say=lambda line: None)


@pytest.fixture(scope="module")
def model(learned, tmp_path_factory):
    at = artefacts.save(tmp_path_factory.mktemp("made"), card=learned[0], weights=learned[1])
    return make_model(*artefacts.read(at))


@pytest.mark.parametrize("family", FORMS)
def test_each_filter_is_nearly_as_accurate_as_the_viterbi_path(learned, family):
    found = learned[0]["figures"]
    assert found[f"{family}_online_accuracy"][0] > found["largest_state_share"] + 0.2
    assert found[f"{family}_online_of_viterbi"] >= 0.95
    assert found[f"{family}_viterbi_accuracy"][0] >= found[f"{family}_online_accuracy"][0]


def test_the_shipped_filter_is_nearly_as_accurate_as_viterbi_for_another_seed():
    """B16."""
    (folder,) = SHIPPED.glob("behaviour-*")
    card, weights = artefacts.read(folder)
    unseen = simulate(150, 120, rng=np.random.default_rng(1001))
    found = measure(make_model(card, weights), FORMS["gaussian"], StateCountChoice(4, {}), unseen)
    assert found["online_of_viterbi"] >= 0.97
    told = card["figures"]["gaussian_online_accuracy"]
    assert found["online_accuracy"][1] <= told[2]
    assert found["online_accuracy"][2] >= told[1]


@pytest.mark.parametrize("family", FORMS)
def test_the_number_of_states_is_chosen_on_held_out_sittings(learned, family):
    found = learned[0]["figures"]
    held_out = {k: found[f"{family}_held_out_{k}"] for k in STATES}
    assert found[f"{family}_states"] in STATES
    assert held_out[found[f"{family}_states"]] > held_out[2]


def test_the_card_freezes_names_means_and_thresholds(learned, model):
    card = learned[0]
    assert set(card["labels"]) == set(TRUE)
    assert np.shape(card["network"]["raw_means"]) == (len(card["labels"]), len(NAMES))
    means = dict(zip(card["labels"], card["network"]["raw_means"], strict=True))
    idle = NAMES.index("idle_s")
    assert means["disengaged"][idle] > max(means["focused"][idle], means["struggling"][idle])
    assert (card["threshold"], card["network"]["dwell"]) == (0.6, 2)


def test_training_twice_gives_the_same_weights(learned):
    again = train(SMALL, say=lambda line: None)
    assert artefacts.max_difference(learned[1], again[1]) == 0
    assert again[0] == learned[0]


def test_the_artefact_reproduces_its_figures(learned, model):
    rng = np.random.default_rng(SMALL.seed)
    simulate(SMALL.train, SMALL.steps, rng=rng)
    unseen = simulate(SMALL.test, SMALL.steps, rng=rng)
    right = []
    for states, raw in zip(unseen.states, unseen.raw, strict=True):
        found = [sum_by_name(model, state.proba) for state in filter_all(model, to_gaussian(raw))]
        names = [max(chances, key=chances.get) for chances in found]
        right.append(np.mean(np.array(list(TRUE))[states] == names))
    told = learned[0]["figures"]["gaussian_online_accuracy"][0]
    assert np.mean(right) == pytest.approx(told, abs=1e-4)


def test_without_typing_the_states_are_still_found(model):
    found = simulate(20, 60, rng=np.random.default_rng(3))
    raw = found.raw.copy()
    raw[..., NAMES.index("latency_ms")] = np.nan
    names = np.array(model.names)
    paths = [names[likeliest_path(model, to_gaussian(each))] for each in raw]
    assert np.mean(np.array(list(TRUE))[found.states] == paths) > 0.85


def test_a_warm_refit_keeps_the_names_of_the_states(model):
    views = to_gaussian(simulate(30, 60, rng=np.random.default_rng(4)).raw)
    again = refit_model(model, views)
    assert again.names == model.names
    same = [likeliest_path(again, view) == likeliest_path(model, view) for view in views]
    assert np.mean(same) > 0.8
