"""MVP live: clips of one to 2.5 minutes are answered from whatever came of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from emotion.explain import explain_label, format_sentence, integrate_gradients
from emotion.models import make_predictor
from emotion.models.base import forward
from emotion.models.mvp.predictor import INPUTS
from emotion.windows import Window
from tests.fixtures.emotion.signal_windows import CLIP, mvp_artefact, only, window, without


@pytest.fixture(scope="module")
def artefact():
    return mvp_artefact()


@pytest.fixture(scope="module")
def predictor(artefact):
    return make_predictor(*artefact)


@pytest.fixture(scope="module")
def full():
    return window(30.0, 185.0, 100, CLIP)


def proba(predictor, *windows):
    return predictor.predict(windows).proba


def test_it_gives_the_chance_of_high_valence_and_high_arousal(predictor, full):
    found = predictor.predict([full, window(0.0, 60.0, 101, CLIP)])
    assert predictor.labels == ("VALENCE", "AROUSAL")
    assert found.proba.shape == (2, 2)
    assert ((found.proba > 0) & (found.proba < 1)).all()
    assert not found.abstain.any()
    assert found.reasons == [(), ()]
    assert (found.proba[0] != found.proba[1]).all()


def test_no_windows_no_answers(predictor):
    found = predictor.predict([])
    assert (found.proba.shape, found.abstain.shape, found.reasons) == ((0, 2), (0,), [])


def test_answers_do_not_depend_on_who_else_is_asked_about(predictor, full, monkeypatch):
    seen = [full, window(0.0, 75.0, 102, CLIP), only(full, "eda")]
    alone = np.concatenate([proba(predictor, each) for each in seen])
    np.testing.assert_allclose(proba(predictor, *seen), alone, rtol=1e-4, atol=1e-5)
    monkeypatch.setattr("emotion.models.mvp.predictor.TOGETHER", 2)
    np.testing.assert_allclose(proba(predictor, *seen), alone, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", CLIP)
def test_with_every_stream_but_one_missing_it_still_answers(predictor, full, name):
    found = predictor.predict([only(full, name), full])
    assert not found.abstain[0]
    assert np.isfinite(found.proba[0]).all()
    assert (found.proba[0] != found.proba[1]).any()


def test_ecg_answers_for_a_missing_ppg_only(predictor, full):
    both, ppg, ecg = full, without(full, "ecg"), without(full, "ppg")
    found = proba(predictor, both, ppg, ecg)
    np.testing.assert_allclose(found[0], found[1], rtol=1e-5)
    assert (found[0] != found[2]).any()


def test_with_nothing_it_abstains(predictor):
    found = predictor.predict([Window(0.0, 100.0)])
    assert found.abstain.all()
    assert found.reasons == [("unfamiliar",)]


def test_less_than_a_minute_is_too_short(predictor):
    found = predictor.predict([window(0.0, 55.0, 103, CLIP)])
    assert found.abstain.all()
    assert found.reasons[0][0] == "short"


def test_a_backend_that_the_card_does_not_name_is_left_out(predictor, full):
    other = replace(full.streams["face"], backend="elsewhere")
    strange = replace(full, streams={**full.streams, "face": other})
    found = predictor.predict([strange, without(full, "face")])
    np.testing.assert_allclose(found.proba[0], found.proba[1], rtol=1e-5)
    assert found.reasons == [("unnamed:face",), ()]


@pytest.mark.parametrize("name", ["face", "gaze", "ppg"])
def test_a_stream_out_of_the_training_range_is_left_out(predictor, full, name):
    track, rng = full.streams[name], np.random.default_rng(1)
    wild = {
        "face": np.full_like(track.values, 5.0),
        "gaze": np.full_like(track.values, 1.0),
        # No pulse: spikes as a cable makes them.
        "ppg": np.where(rng.random(track.values.shape) < 0.001, 30000, 0).astype(np.float32),
    }
    moved = replace(track, values=wild[name], mask=np.ones_like(track.mask))
    strange = replace(full, streams={**full.streams, name: moved})
    found = predictor.predict([strange, without(full, name)])
    np.testing.assert_allclose(found.proba[0], found.proba[1], rtol=1e-5)
    assert found.reasons == [(f"unfamiliar:{name}",), ()]


def test_under_its_threshold_it_is_unsure(artefact, full):
    card, weights = artefact
    found = make_predictor({**card, "threshold": 0.999}, weights).predict([full])
    assert found.abstain.all()
    assert found.reasons == [("unsure",)]


def test_a_device_in_other_units_says_the_same(predictor, full):
    track = full.streams["ppg"]
    louder = replace(track, values=track.values * 7 + 300)
    other = replace(full, streams={**full.streams, "ppg": louder})
    np.testing.assert_allclose(*proba(predictor, full, other)[:, None], rtol=1e-3)


def test_nothing_tells_how_late_it_is(predictor, full):
    moved = {n: replace(t, times=t.times + 1800.0) for n, t in full.streams.items()}
    later = Window(full.t0 + 1800.0, full.t1 + 1800.0, moved)
    np.testing.assert_allclose(*proba(predictor, full, later)[:, None], rtol=1e-4)


def test_a_stretch_that_is_lost_is_masked_and_the_rest_answers(predictor, full):
    track = full.streams["ppg"]
    kept = (track.times < 60.0) | (track.times > 80.0)
    holed = replace(
        track, values=track.values[kept], times=track.times[kept], mask=track.mask[kept]
    )
    found = predictor.predict([replace(full, streams={**full.streams, "ppg": holed})])
    assert not found.abstain.any()
    assert np.isfinite(found.proba).all()


def at_mean(predictor, seen, label, *streams):
    """P(label) with the features of some streams at 0, straight from the network."""
    values, masks = predictor._inputs([predictor._select_streams(seen).streams])
    for stream in streams:
        name, _, columns = INPUTS[stream]
        values[name][..., list(columns)] = 0
    logits = forward(predictor._network, values, masks)[0, predictor.labels.index(label)]
    return 1 / (1 + np.exp(-logits / predictor.card["temperature"]))


@pytest.mark.parametrize("name", ["face", "gaze", "ppg", "eda"])
def test_seconds_add_up_to_what_the_stream_changed(predictor, full, name):
    found = integrate_gradients(predictor, full, "AROUSAL", name)
    moved = at_mean(predictor, full, "AROUSAL") - at_mean(predictor, full, "AROUSAL", name)
    assert found.shape == (155,)
    assert abs(moved) > 1e-5
    assert found.sum() == pytest.approx(moved, rel=0.02, abs=1e-6)


def test_seconds_of_a_short_clip_end_with_it(predictor):
    short = window(0.0, 75.0, 102, ("face",))
    face = short.streams["face"]
    early = replace(face, mask=face.mask & (face.times < 50.0)[:, None])
    found = integrate_gradients(
        predictor, replace(short, streams={"face": early}), "VALENCE", "face"
    )
    assert found.shape == (75,)
    assert found[:50].all()
    assert not found[51:].any()


def test_the_ecg_that_a_ppg_stands_in_for_has_no_part(predictor, full):
    assert not integrate_gradients(predictor, full, "VALENCE", "ecg").any()
    assert integrate_gradients(predictor, without(full, "ppg"), "VALENCE", "ecg").any()


def test_a_clip_is_explained_in_seconds(predictor, full):
    found = explain_label(predictor, full, "AROUSAL")
    assert found.stream in CLIP
    assert len(found.steps) == 155
    assert format_sentence(found).endswith("This can be wrong.")
