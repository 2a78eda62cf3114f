"""MVP at run time: clips of one to 2.5 minutes are classified from any Streams present."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from emotion.explain import explain_label, format_sentence, integrate_gradients
from emotion.models import make_predictor
from emotion.models.base import forward, predict_reduced
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
def make_full():
    return window(30.0, 185.0, 100, CLIP)


def predict_proba(predictor, *windows):
    return predictor.predict(windows).proba


def test_it_gives_probabilities_of_high_valence_and_high_arousal(predictor, make_full):
    found = predictor.predict([make_full, window(0.0, 60.0, 101, CLIP)])
    assert predictor.labels == ("VALENCE", "AROUSAL")
    assert found.proba.shape == (2, 2)
    assert ((found.proba > 0) & (found.proba < 1)).all()
    assert not found.abstain.any()
    assert found.reasons == [(), ()]
    assert (found.proba[0] != found.proba[1]).all()


def test_no_windows_give_no_answers(predictor):
    found = predictor.predict([])
    assert (found.proba.shape, found.abstain.shape, found.reasons) == ((0, 2), (0,), [])


@pytest.mark.parametrize("hidden", [{"face", "gaze"}, {"ppg", "ecg", "eda"}, {"face"}, {"ecg"}])
def test_hidden_inputs_give_the_same_as_windows_without_them(predictor, make_full, hidden):
    seen = [make_full, only(make_full, "face", "ppg", "ecg")]
    choices = [[frozenset(hidden)], [frozenset(hidden), frozenset({"face"})]]

    whole, reduced = predictor.predict_without(seen, choices)

    expected = predict_reduced(predictor, seen, choices)
    np.testing.assert_allclose(whole.proba, predict_proba(predictor, *seen), rtol=1e-4)
    for rows, same in zip(reduced, expected.reduced, strict=True):
        np.testing.assert_allclose(rows, same, rtol=1e-4, atol=1e-6)


def test_answers_do_not_depend_on_the_rest_of_the_batch(predictor, make_full, monkeypatch):
    seen = [make_full, window(0.0, 75.0, 102, CLIP), only(make_full, "eda")]
    alone = np.concatenate([predict_proba(predictor, each) for each in seen])
    np.testing.assert_allclose(predict_proba(predictor, *seen), alone, rtol=1e-4, atol=1e-5)
    monkeypatch.setattr("emotion.models.mvp.predictor.TOGETHER", 2)
    np.testing.assert_allclose(predict_proba(predictor, *seen), alone, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", CLIP)
def test_it_answers_from_any_single_stream(predictor, make_full, name):
    found = predictor.predict([only(make_full, name), make_full])
    assert not found.abstain[0]
    assert np.isfinite(found.proba[0]).all()
    assert (found.proba[0] != found.proba[1]).any()


def test_ecg_is_used_only_for_a_missing_ppg(predictor, make_full):
    both, ppg, ecg = make_full, without(make_full, "ecg"), without(make_full, "ppg")
    found = predict_proba(predictor, both, ppg, ecg)
    np.testing.assert_allclose(found[0], found[1], rtol=1e-5)
    assert (found[0] != found[2]).any()


def test_without_streams_it_abstains(predictor):
    found = predictor.predict([Window(0.0, 100.0)])
    assert found.abstain.all()
    assert found.reasons == [("unfamiliar",)]


def test_less_than_a_minute_is_too_short(predictor):
    found = predictor.predict([window(0.0, 55.0, 103, CLIP)])
    assert found.abstain.all()
    assert found.reasons[0][0] == "short"


def test_a_backend_missing_from_the_card_is_left_out(predictor, make_full):
    other = replace(make_full.streams["face"], backend="elsewhere")
    strange = replace(make_full, streams={**make_full.streams, "face": other})
    found = predictor.predict([strange, without(make_full, "face")])
    np.testing.assert_allclose(found.proba[0], found.proba[1], rtol=1e-5)
    assert found.reasons == [("unnamed:face",), ()]


@pytest.mark.parametrize("name", ["face", "gaze", "ppg"])
def test_a_stream_out_of_the_training_range_is_left_out(predictor, make_full, name):
    track, rng = make_full.streams[name], np.random.default_rng(1)
    wild = {
        "face": np.full_like(track.values, 5.0),
        "gaze": np.full_like(track.values, 1.0),
        # No pulse: spikes as from a loose cable.
        "ppg": np.where(rng.random(track.values.shape) < 0.001, 30000, 0).astype(np.float32),
    }
    moved = replace(track, values=wild[name], mask=np.ones_like(track.mask))
    strange = replace(make_full, streams={**make_full.streams, name: moved})
    found = predictor.predict([strange, without(make_full, name)])
    np.testing.assert_allclose(found.proba[0], found.proba[1], rtol=1e-5)
    assert found.reasons == [(f"unfamiliar:{name}",), ()]


def test_below_its_threshold_it_is_unsure(artefact, make_full):
    card, weights = artefact
    found = make_predictor({**card, "threshold": 0.999}, weights).predict([make_full])
    assert found.abstain.all()
    assert found.reasons == [("unsure",)]


def test_a_device_with_other_units_gives_the_same(predictor, make_full):
    track = make_full.streams["ppg"]
    louder = replace(track, values=track.values * 7 + 300)
    other = replace(make_full, streams={**make_full.streams, "ppg": louder})
    np.testing.assert_allclose(*predict_proba(predictor, make_full, other)[:, None], rtol=1e-3)


def test_no_input_depends_on_the_time(predictor, make_full):
    moved = {n: replace(t, times=t.times + 1800.0) for n, t in make_full.streams.items()}
    later = Window(make_full.t0 + 1800.0, make_full.t1 + 1800.0, moved)
    np.testing.assert_allclose(*predict_proba(predictor, make_full, later)[:, None], rtol=1e-4)


def test_a_lost_span_is_masked_and_the_rest_is_used(predictor, make_full):
    track = make_full.streams["ppg"]
    kept = (track.times < 60.0) | (track.times > 80.0)
    holed = replace(
        track, values=track.values[kept], times=track.times[kept], mask=track.mask[kept]
    )
    found = predictor.predict([replace(make_full, streams={**make_full.streams, "ppg": holed})])
    assert not found.abstain.any()
    assert np.isfinite(found.proba).all()


def predict_at_mean(predictor, seen, label, *streams):
    """Return P(label) with the features of some Streams at 0, from the network itself."""
    values, masks = predictor._inputs([predictor._select_streams(seen).streams])
    for stream in streams:
        name, _, columns = INPUTS[stream]
        values[name][..., list(columns)] = 0
    logits = forward(predictor._network, values, masks)[0, predictor.labels.index(label)]
    return 1 / (1 + np.exp(-logits / predictor.card["temperature"]))


@pytest.mark.parametrize("name", ["face", "gaze", "ppg", "eda"])
def test_the_parts_of_seconds_sum_to_the_streams_effect(predictor, make_full, name):
    found = integrate_gradients(predictor, make_full, "AROUSAL", name)
    moved = predict_at_mean(predictor, make_full, "AROUSAL") - predict_at_mean(
        predictor, make_full, "AROUSAL", name
    )
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


def test_an_ecg_replaced_by_a_ppg_has_no_part(predictor, make_full):
    assert not integrate_gradients(predictor, make_full, "VALENCE", "ecg").any()
    assert integrate_gradients(predictor, without(make_full, "ppg"), "VALENCE", "ecg").any()


def test_a_clip_is_explained_in_seconds(predictor, make_full):
    found = explain_label(predictor, make_full, "AROUSAL")
    assert found.stream in CLIP
    assert len(found.steps) == 155
    assert format_sentence(found).endswith("This can be wrong.")
