"""MVP's recipe: deterministic, with an honest card, usable as a Predictor."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from emotion import artefacts
from emotion.models import make_predictor
from emotion.models.mvp import train
from emotion.models.mvp.network import Config
from emotion.models.mvp.train import MvpRecipe
from emotion.simulate import effects, wearables
from emotion.simulate.cohort import Plan, iterate_recordings
from emotion.training.recipe import WrongRecipe, read_shipped
from emotion.training.simulated_data import draw_examples

SHIPPED = read_shipped("mvp", MvpRecipe)
SHORT = replace(
    SHIPPED,
    train=4,
    valid=2,
    test=2,
    segments=(7, 7, 8, 7, 15),
    config=replace(Config.small(), width=8, heads=2, layers=1, tokens=10),
    schedule=replace(SHIPPED.schedule, epochs=1, rows=8),
)


def trained(recipe=SHORT):
    torch.set_num_threads(1)
    return train.train(recipe, say=lambda _: None)


@pytest.fixture(scope="module")
def artefact():
    return trained()


def test_training_again_gives_the_same_artefact(artefact, tmp_path):
    paths = [
        artefacts.save(tmp_path, card=card, weights=weights).name
        for card, weights in (artefact, trained())
    ]
    assert paths[0] == paths[1]


def test_the_card_says_that_it_is_simulated_and_what_was_missing(artefact):
    card, _ = artefact
    assert card["origin"] == "simulated"
    assert card["never_seen"] == ["ecg"]
    assert card["labels"] == ["VALENCE", "AROUSAL"]
    assert card["figures"]["people"] == 2
    assert {"valence_confusion", "arousal_roc", "valence_auroc"} <= card["figures"].keys()


def test_it_answers_on_its_own_training_data(artefact):
    predictor, rng = make_predictor(*artefact), np.random.default_rng(5)
    plan = Plan(6, effects.load(), segments=SHORT.segments, first=100, complete=True)
    every = list(iterate_recordings(plan, rng=rng))
    one = next(each for each in every if {"ppg", "gaze"} <= set(each.streams))
    seen = wearables.cut_window(one, wearables.simulate_wristband(one, rng), 0.0, 65.0)
    assert set(seen.streams) == {"face", "gaze", "ppg", "eda"}
    found = predictor.predict([seen])
    assert found.proba.shape == (1, 2)
    assert not any("unnamed" in reason for reason in found.reasons[0])


def test_too_few_people_for_every_stream_are_refused_with_the_number_needed():
    message = r"expected at least 7 people.*got 2.*without a person who has face"
    with pytest.raises(WrongRecipe, match=message):
        trained(replace(SHORT, train=2, seed=4))


def test_no_person_is_in_two_parts():
    people = [
        {clip.person for clip in clips}
        for clips in draw_examples(SHORT, train.iterate_clips).values()
    ]
    assert [len(each) for each in people] == [4, 2, 2]
    assert len(set.union(*people)) == 8


def test_a_clip_is_high_if_more_than_half_of_it_is():
    sides = draw_examples(SHORT, train.iterate_clips)
    levels = np.stack([clip.levels for clip in sides["train"]])
    assert set(np.unique(levels)) == {0.0, 1.0}
    states = np.array([0, 0, 1])  # INTEREST, INTEREST, BOREDOM
    assert train.HIGH["VALENCE"][states].mean() > 0.5 > train.HIGH["AROUSAL"][states].mean()


def test_a_card_states_which_level_is_no_better_than_a_constant():
    figures = {
        "valence_weighted_f1": [0.6, 0.55, 0.65],
        "valence_commonest_weighted_f1": 0.56,
        "arousal_weighted_f1": [0.7, 0.66, 0.74],
        "arousal_commonest_weighted_f1": 0.5,
    }
    *usual, weak = train.make_card(SHORT, 1.0, 0.6, figures)["limits"]
    assert usual == train.LIMITS
    assert weak.startswith("Weak:")
    assert "valence" in weak
    assert "0.56" in weak
    strong = {**figures, "valence_commonest_weighted_f1": 0.5}
    assert train.make_card(SHORT, 1.0, 0.6, strong)["limits"] == train.LIMITS


def test_the_shipped_artefact_matches_the_current_recipe_and_states_its_weakness():
    (path,) = (Path(__file__).resolve().parents[4] / "artefacts").glob("mvp-????????????")
    card, _ = artefacts.read(path)
    made = train.make_card(SHIPPED, card["temperature"], card["threshold"], card["figures"])
    assert card == json.loads(json.dumps(made))
    assert card["figures"]["people"] == SHIPPED.test
    assert "unpromoted" not in card
