"""Learning the behaviour model: names by meaning, and an artefact that filters the same."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest

from emotion import artefacts
from emotion.behaviour.hmm import filtered
from emotion.behaviour.learn import (
    TRUE,
    Recipe,
    name_states,
    simulate,
    train,
)
from emotion.behaviour.learn import model_of as model_of_artefact
from emotion.behaviour.observe import NAMES, observe, scaled
from emotion.streams import stream
from emotion.training.recipe import shipped
from emotion.windows import Chunk, Window, track

SMALL = replace(shipped("behaviour", Recipe), train=40, test=15, steps=60, starts=1)


@pytest.fixture(scope="module")
def learned():
    return train(SMALL, say=lambda line: None)


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_states_are_named_by_what_they_do_and_never_by_their_index(order):
    means = np.array([[2.0, 0.05, 3.0, 0.02], [6.0, 0.2, 2.5, 0.4], [0.5, 0.6, 8.0, 0.01]])
    names = np.array(["focused", "struggling", "disengaged"])
    assert name_states(means[list(order)]) == names[list(order)].tolist()


def test_other_means_than_three_states_are_refused():
    with pytest.raises(ValueError, match="got \\(2, 4\\)"):
        name_states(np.zeros((2, 4)))


def test_the_filter_finds_the_states_far_better_than_the_commonest_would(learned):
    found = learned[0]["figures"]
    assert found["online_accuracy"][0] > found["largest_state_share"] + 0.2


def test_training_twice_gives_the_same_weights(learned):
    again = train(SMALL, say=lambda line: None)
    assert artefacts.farthest(learned[1], again[1]) == 0
    assert again[0] == learned[0]


def test_the_artefact_filters_as_the_learned_model_did(learned, tmp_path):
    path = artefacts.save(tmp_path, card=learned[0], weights=learned[1])
    model = model_of_artefact(*artefacts.read(path))
    raw = simulate(1, 30, rng=np.random.default_rng(0)).raw[0]
    states = filtered(model, scaled(raw))
    assert model.names == ("disengaged", "focused", "struggling")
    np.testing.assert_allclose([s.proba.sum() for s in states], 1)


def test_simulated_sittings_begin_focused_and_visit_every_state():
    found = simulate(30, 120, rng=np.random.default_rng(1))
    assert (found.states[:, 0] == list(TRUE).index("focused")).all()
    assert set(np.unique(found.states)) == {0, 1, 2}
    assert (found.raw >= 0).all()
    assert (found.raw[..., 2] <= 10).all()


def seen(**columns):
    tracks = {}
    for name, channels in columns.items():
        values = np.zeros((10, len(stream(name).channels)), np.float32)
        for channel, numbers in channels.items():
            values[:, stream(name).index(channel)] = numbers
        tracks[name] = track(stream(name), [Chunk(20.0, 1.0, values)], t0=20.0, t1=30.0, backend="")
    return Window(20.0, 30.0, tracks)


def test_a_step_counts_clicks_switches_idle_time_and_hints():
    window = seen(pointer={"clicks": [1, 0] * 5, "idle_s": 0.4}, activity={"blurs": [1] + [0] * 9})
    found = dict(zip(NAMES, observe(window, hints=2), strict=True))
    assert found == pytest.approx({"clicks": 5, "switches": 1, "idle_s": 4, "hints": 2})


def test_what_did_not_come_is_unknown_and_not_zero():
    assert np.isnan(observe(Window(20.0, 30.0, {}), hints=None)).all()
    assert np.isnan(observe(seen(activity={}), hints=0)).tolist() == [True, False, True, False]


def test_lost_rows_are_made_up_for():
    window = seen(pointer={"clicks": 1})
    made = window.streams["pointer"]
    mask = made.mask.copy()
    mask[5:] = False
    fewer = Window(20.0, 30.0, {"pointer": replace(made, mask=mask)})
    assert observe(fewer, hints=0)[0] == pytest.approx(10)
