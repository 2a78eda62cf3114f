"""A Predictor gives probabilities for familiar Windows, and abstains from the rest."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from emotion.models.base import predict_reduced
from emotion.models.crossmodal.network import Config
from emotion.models.crossmodal.predictor import CrossModalPredictor
from emotion.windows import Window
from tests.fixtures.emotion.small_artefacts import make_calibrated_window, make_tiny
from tests.fixtures.emotion.tracks import SENSED, window


@pytest.fixture(scope="module")
def predictor():
    return CrossModalPredictor(*make_tiny())


def only(seen, *names):
    return replace(seen, streams={n: t for n, t in seen.streams.items() if n in names})


def test_probabilities_sum_to_one_in_the_order_of_the_windows(predictor):
    seen = [make_calibrated_window(seed) for seed in range(300, 312)]
    proba, abstain, reasons = predictor.predict(seen)
    assert proba.shape == (12, 4)
    np.testing.assert_allclose(proba.sum(axis=1), 1, rtol=1e-5)
    assert not abstain.any()
    assert reasons == [()] * 12
    turned = predictor.predict(seen[::-1])
    np.testing.assert_allclose(turned.proba[::-1], proba, rtol=1e-4, atol=1e-6)


def test_splitting_windows_into_batches_changes_nothing(predictor, monkeypatch):
    seen = [make_calibrated_window(seed) for seed in range(300, 307)]
    whole = predictor.predict(seen).proba
    monkeypatch.setattr("emotion.models.crossmodal.predictor.TOGETHER", 3)
    np.testing.assert_allclose(predictor.predict(seen).proba, whole, rtol=1e-4, atol=1e-6)


def make_untrained(**changed):
    """Return a Predictor with other options of the network, and random weights in each layer."""
    card, weights = make_tiny()
    card["network"] |= changed
    network, rng = Config(**card["network"]).build(), np.random.default_rng(7)
    own = {
        f"network.{name}": rng.normal(0, 0.3, x.shape).astype(np.float32)
        for name, x in network.state_dict().items()
    }
    standards = {n: x for n, x in weights.items() if n.startswith("standard.")}
    return CrossModalPredictor(card, standards | own)


@pytest.mark.parametrize(("shared", "linear"), [(True, False), (False, False), (True, True)])
def test_hidden_inputs_give_the_same_as_windows_without_them(shared, linear):
    predictor = make_untrained(shared=shared, linear=linear)
    seen = [make_calibrated_window(300), only(make_calibrated_window(301), "face", "pointer")]
    hidden = [[frozenset({"face"}), frozenset({"face", "typing"})], [frozenset({"pointer"})]]

    whole, reduced = predictor.predict_without(seen, hidden)

    expected = predict_reduced(predictor, seen, hidden)
    np.testing.assert_allclose(whole.proba, predictor.predict(seen).proba, rtol=1e-4)
    for rows, same, all_of_it in zip(reduced, expected.reduced, whole.proba, strict=True):
        np.testing.assert_allclose(rows, same, rtol=1e-4, atol=1e-6)
        assert np.abs(rows - all_of_it).max() > 1e-4


def test_no_windows_give_no_answers(predictor):
    proba, abstain, reasons = predictor.predict([])
    assert (proba.shape, abstain.shape, reasons) == ((0, 4), (0,), [])


def test_a_stream_missing_from_the_card_is_left_out_and_reported():
    predictor = CrossModalPredictor(*make_tiny(streams=("pointer", "activity")))
    seen = make_calibrated_window(301)
    found = predictor.predict([seen, only(seen, "pointer", "activity")])
    np.testing.assert_array_equal(found.proba[0], found.proba[1])
    assert found.reasons[0] == ("unnamed:typing", "unnamed:face", "unnamed:heart")
    assert found.reasons[1] == ()


def test_a_backend_missing_from_the_card_is_left_out(predictor):
    seen = make_calibrated_window(302)
    strange = {**seen.streams, "face": replace(seen.streams["face"], backend="another camera")}
    found = predictor.predict([replace(seen, streams=strange), only(seen, *set(SENSED) - {"face"})])
    np.testing.assert_allclose(found.proba[0], found.proba[1], rtol=1e-5)
    assert found.reasons[0] == ("unnamed:face",)


def test_a_stream_outside_the_training_range_is_masked_and_reported(predictor):
    seen = make_calibrated_window(303)
    far = replace(seen.streams["face"], values=seen.streams["face"].values * 50 + 500)
    found = predictor.predict(
        [replace(seen, streams={**seen.streams, "face": far}), only(seen, *set(SENSED) - {"face"})]
    )
    np.testing.assert_allclose(found.proba[0], found.proba[1], rtol=1e-5)
    assert found.reasons[0] == ("unfamiliar:face",)


def test_a_fifth_of_unfamiliar_features_is_still_familiar(predictor):
    """One of a face's 24 features and its difference from the opening: 2 of 48."""
    seen = make_calibrated_window(304)
    values = seen.streams["face"].values.copy()
    values[:, 36] += 500
    far = replace(seen.streams["face"], values=values)
    found = predictor.predict([replace(seen, streams={**seen.streams, "face": far})])
    assert found.reasons == [()]


def test_with_every_input_masked_it_abstains_as_unfamiliar(predictor):
    seen = only(make_calibrated_window(305), "face")
    far = replace(seen.streams["face"], values=seen.streams["face"].values * 50 + 500)
    strange = replace(seen, streams={"face": far})
    found = predictor.predict([strange, Window(0.0, 10.0, {})])
    assert found.abstain.tolist() == [True, True]
    assert found.reasons == [("unfamiliar", "unfamiliar:face"), ("unfamiliar",)]


def test_below_the_threshold_it_abstains_as_unsure():
    found = CrossModalPredictor(*make_tiny(threshold=0.99)).predict([make_calibrated_window(306)])
    assert found.abstain.tolist() == [True]
    assert found.reasons == [("unsure",)]


def test_a_higher_temperature_lowers_its_confidence():
    warm, hot = (
        CrossModalPredictor(*make_tiny(temperature=t)).predict([make_calibrated_window(307)])
        for t in (0.01, 100.0)
    )
    assert warm.proba.max() > hot.proba.max()
    assert hot.proba.max() == pytest.approx(0.25, abs=0.01)


def test_an_opening_is_used_if_known(predictor):
    seen = make_calibrated_window(308)
    found = predictor.predict([seen, replace(seen, opening={})])
    assert np.abs(found.proba[0] - found.proba[1]).max() > 1e-5


def test_without_an_opening_it_still_answers(predictor):
    assert not predictor.predict([window(0.0, 5.0, 309)]).abstain.any()


def test_importing_it_loads_no_torch():
    code = "import sys, emotion.models.crossmodal.predictor; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
