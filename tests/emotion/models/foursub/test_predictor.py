"""The four sub-networks at run time: a minute is classified from any Streams present."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from emotion.calibration.temperature import softmax
from emotion.explain import explain_label, format_sentence, integrate_gradients
from emotion.models import make_predictor
from emotion.models.base import forward, predict_reduced
from emotion.models.foursub.predictor import INPUTS, stack_inputs
from emotion.windows import Window
from tests.fixtures.emotion.signal_windows import MINUTE, foursub_artefact, only, window, without


@pytest.fixture(scope="module")
def artefact():
    return foursub_artefact()


@pytest.fixture(scope="module")
def predictor(artefact):
    return make_predictor(*artefact)


@pytest.fixture(scope="module")
def make_full(predictor):
    first = predictor.opening(window(0.0, 60.0, 99, MINUTE))
    return replace(window(60.0, 120.0, 100, MINUTE), opening=first)


def predict_proba(predictor, *windows):
    return predictor.predict(windows).proba


def test_probabilities_sum_to_one(predictor, make_full):
    found = predictor.predict([make_full, window(5.0, 65.0, 7, MINUTE)])
    np.testing.assert_allclose(found.proba.sum(axis=1), 1, rtol=1e-5)
    assert found.proba.shape == (2, 4)
    assert not found.abstain.any()
    assert found.reasons == [(), ()]


def test_no_windows_give_no_answers(predictor):
    found = predictor.predict([])
    assert (found.proba.shape, found.abstain.shape, found.reasons) == ((0, 4), (0,), [])


@pytest.mark.parametrize("hidden", [{"face"}, {"heart", "eda"}, {"pointer", "typing"}, {"layout"}])
def test_hidden_inputs_give_the_same_as_windows_without_them(
    predictor, make_full, hidden, monkeypatch
):
    monkeypatch.setattr("emotion.models.foursub.predictor.TOGETHER", 2)
    seen = [make_full, only(make_full, "face", "eda"), window(0.0, 10.0, 3, MINUTE)]
    choices = [[frozenset(hidden)], [frozenset(hidden), frozenset({"face"})], []]

    whole, reduced = predictor.predict_without(seen, choices)

    expected = predict_reduced(predictor, seen, choices)
    np.testing.assert_allclose(whole.proba, expected.whole.proba, rtol=1e-4, atol=1e-6)
    assert (whole.reasons, [len(rows) for rows in reduced]) == (expected.whole.reasons, [1, 2, 0])
    for rows, same in zip(reduced, expected.reduced, strict=True):
        np.testing.assert_allclose(rows, same, rtol=1e-4, atol=1e-6)


def test_answers_do_not_depend_on_the_rest_of_the_batch(predictor, make_full, monkeypatch):
    seen = [make_full, window(0.0, 10.0, 3, MINUTE), only(make_full, "eda")]
    alone = np.concatenate([predict_proba(predictor, each) for each in seen])
    np.testing.assert_allclose(predict_proba(predictor, *seen), alone, rtol=1e-4, atol=1e-6)
    monkeypatch.setattr("emotion.models.foursub.predictor.TOGETHER", 2)
    np.testing.assert_allclose(predict_proba(predictor, *seen), alone, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("name", MINUTE)
def test_it_answers_from_any_single_stream(predictor, make_full, name):
    found = predictor.predict([only(make_full, name), Window(60.0, 120.0)])
    assert not found.abstain[0]
    assert (found.proba[0] != found.proba[1]).any()


def test_without_streams_it_abstains(predictor):
    found = predictor.predict([Window(0.0, 60.0)])
    assert found.abstain.all()
    assert found.reasons == [("unfamiliar",)]


def test_a_sitting_of_ten_seconds_is_answered(predictor):
    found = predictor.predict([window(0.0, 10.0, 4, MINUTE)])
    assert np.isfinite(found.proba).all()


def test_a_backend_missing_from_the_card_is_left_out(predictor, make_full):
    other = replace(make_full.streams["pointer"], backend="elsewhere")
    strange = replace(make_full, streams={**make_full.streams, "pointer": other})
    found = predictor.predict([strange, without(make_full, "pointer")])
    np.testing.assert_allclose(found.proba[0], found.proba[1], rtol=1e-5)
    assert found.reasons == [("unnamed:pointer",), ()]


def test_a_stream_out_of_the_training_range_is_left_out(predictor, make_full):
    track = make_full.streams["eda"]
    wild = replace(
        track, values=track.values + 90 * (np.arange(len(track.values)) % 40 < 8)[:, None]
    )
    strange = replace(make_full, streams={**make_full.streams, "eda": wild})
    found = predictor.predict([strange, without(make_full, "eda")])
    np.testing.assert_allclose(found.proba[0], found.proba[1], rtol=1e-5)
    assert found.reasons == [("unfamiliar:eda",), ()]


def test_the_usual_values_of_a_person_are_subtracted(predictor, make_full):
    found = predict_proba(predictor, make_full, replace(make_full, opening={}))
    assert (found[0] != found[1]).any()
    assert set(make_full.opening) == set(MINUTE) - {"layout"}


def test_the_opening_of_a_stream_comes_only_from_that_stream(predictor):
    first = window(0.0, 60.0, 99, MINUTE)
    whole = predictor.opening(first)
    for name in set(MINUTE) - {"layout"}:
        alone = predictor.opening(only(first, name))
        assert set(alone) == {name}
        np.testing.assert_array_equal(alone[name], whole[name])


def test_below_its_threshold_it_is_unsure(artefact, make_full):
    card, weights = artefact
    found = make_predictor({**card, "threshold": 0.999}, weights).predict([make_full])
    assert found.abstain.all()
    assert found.reasons == [("unsure",)]


def test_no_input_depends_on_the_time(predictor):
    early = only(window(60.0, 120.0, 8, MINUTE), *(set(MINUTE) - {"heart", "layout"}))
    moved = {n: replace(t, times=t.times + 1800.0) for n, t in early.streams.items()}
    found = predict_proba(predictor, early, Window(1860.0, 1920.0, moved))
    np.testing.assert_allclose(found[0], found[1], rtol=1e-4)


def test_a_layout_is_read_as_the_picture_of_the_page(predictor, make_full):
    track = make_full.streams["layout"]
    other = replace(track, values=track.values[:, [0, 2, 1, 4, 3, 5, 6, 7, 8, 9]])
    found = predict_proba(
        predictor, make_full, replace(make_full, streams={**make_full.streams, "layout": other})
    )
    assert (found[0] != found[1]).any()


def predict_at_usual(predictor, seen, label, *streams):
    """Return P(label) with the features of some Streams at their usual values, from the network
    itself.
    """
    values, masks = stack_inputs([predictor._select_streams(seen, [])])
    for stream in streams:
        name, columns = INPUTS[stream]
        values[name][..., columns] = 0
    logits = forward(predictor._network, values, masks)
    predict_proba = softmax(logits, predictor.card["temperature"])
    return predict_proba[0, predictor.labels.index(label)]


@pytest.mark.parametrize("name", MINUTE)
def test_the_parts_of_seconds_sum_to_the_streams_effect(predictor, make_full, name):
    found = integrate_gradients(predictor, make_full, "CONFUSION", name)
    moved = predict_at_usual(predictor, make_full, "CONFUSION") - predict_at_usual(
        predictor, make_full, "CONFUSION", name
    )
    assert found.shape == ((60,) if name in ("face", "heart", "eda") else (1,))
    assert abs(moved) > 1e-5
    # The slope of a ReLU network jumps between two points: a hundredth of the total change.
    assert found.sum() == pytest.approx(moved, rel=0.02, abs=0.01 * np.abs(found).sum())


def test_a_missing_second_has_no_part(predictor):
    found = integrate_gradients(predictor, window(0.0, 10.0, 4, MINUTE), "INTEREST", "face")
    assert not found[:50].any()
    assert found[50:].any()


def test_input_without_time_is_explained_without_time(predictor, make_full):
    acts = only(make_full, "pointer")
    found = [explain_label(predictor, acts, each) for each in predictor.labels]
    assert {each.stream for each in found} == {"", "pointer"}
    assert {format_sentence(each) for each in found} == {
        "",
        "Mostly the pointer. This can be wrong.",
    }
