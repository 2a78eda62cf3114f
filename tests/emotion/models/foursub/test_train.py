"""The four sub-networks' recipe: deterministic, with an honest card, usable as a Predictor."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from emotion import artefacts
from emotion.models import make_predictor
from emotion.models.foursub import train
from emotion.models.foursub.network import Config
from emotion.models.foursub.train import FourSubRecipe
from emotion.simulate import effects
from emotion.simulate.cohort import Plan, iterate_recordings
from emotion.training.recipe import WrongRecipe, read_shipped
from emotion.training.simulated_data import add_signals, draw_examples

SHIPPED = read_shipped("foursub", FourSubRecipe)
SHORT = replace(
    SHIPPED,
    train=4,
    valid=2,
    test=2,
    segments=(6, 7, 8, 6, 12),
    config=Config(
        **{f: getattr(Config.small(), f) for f in Config.__dataclass_fields__}
        | {"width": 8, "recurrent": 8, "interface_channels": (2, 2, 2), "face_hidden": (8, 8)}
    ),
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


def test_the_card_says_that_it_is_simulated_and_has_no_live_picture(artefact):
    card, _ = artefact
    assert card["origin"] == "simulated"
    assert any("AU-like" in limit and "disk only" in limit for limit in card["limits"])
    assert card["figures"]["people"] == 2
    # Two people are too few for any state to have figures of its own.
    assert card["figures"]["confusion"]["counts"] == [None] * 4
    assert card["figures"]["roc"] == {}
    assert card["network"]["face"] == "units"


def test_it_answers_on_its_own_training_data(artefact):
    predictor = make_predictor(*artefact)
    recording = next(iter(iterate_recordings(_plan(), rng=np.random.default_rng(5))))
    seen = add_signals(recording, {}, 0.0, 60.0)
    found = predictor.predict([seen])
    assert found.proba.shape == (1, 4)
    assert not any(reason.startswith("unnamed") for reason in found.reasons[0])


def test_too_few_people_for_every_stream_are_refused_with_the_number_needed():
    message = r"expected at least 7 people.*got 2.*without a person who has heart"
    with pytest.raises(WrongRecipe, match=message):
        trained(replace(SHORT, train=2))


def test_no_person_is_in_two_parts():
    sides = draw_examples(SHORT, train.iterate_minutes)
    people = [{minute.person for minute in minutes} for minutes in sides.values()]
    assert [len(each) for each in people] == [4, 2, 2]
    assert len(set.union(*people)) == 8


def _plan():

    return Plan(1, effects.load(), segments=SHORT.segments, first=100)


def test_a_card_states_where_it_is_no_better_than_the_commonest_class():
    figures = {"accuracy": [0.4, 0.35, 0.45], "largest_class_share": 0.35}
    *usual, weak = train.make_card(SHORT, 1.0, 0.4, figures)["limits"]
    assert usual == train.LIMITS
    assert weak.startswith("Weak:")
    strong = {**figures, "largest_class_share": 0.34}
    assert train.make_card(SHORT, 1.0, 0.4, strong)["limits"] == train.LIMITS


def test_the_shipped_artefact_matches_the_current_recipe_and_states_its_weakness():
    (path,) = (Path(__file__).resolve().parents[4] / "artefacts").glob("foursub-????????????")
    card, _ = artefacts.read(path)
    made = train.make_card(SHIPPED, card["temperature"], card["threshold"], card["figures"])
    assert card == json.loads(json.dumps(made))
    assert card["figures"]["people"] == SHIPPED.test
    assert "unpromoted" not in card
