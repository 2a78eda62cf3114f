"""Shapley values over Streams: they sum to the total, and an irrelevant Stream gets zero."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from emotion.calibration.temperature import softmax
from emotion.explain import (
    LabelExplanation,
    deletion_score,
    explain_label,
    format_sentence,
    integrate_gradients,
    name_evidence,
    shapley,
    shortest_stretch,
)
from emotion.features.batch import stack, standardise
from emotion.features.window import window_features
from emotion.labels import PAPER_1
from emotion.models import Prediction, open_artefact
from emotion.models.crossmodal.predictor import CrossModalPredictor
from emotion.simulate import effects
from emotion.simulate.cohort import Plan, cut_examples, iterate_recordings, list_moments
from tests.fixtures.emotion.small_artefacts import make_calibrated_window, make_tiny
from tests.fixtures.models.predictors import TenSeconds

FOLDER = Path(__file__).resolve().parents[2] / "artefacts"

LABEL = "CONFUSION"


class Adding(TenSeconds):
    """Predicts a sum over the Streams present: Shapley values are its terms."""

    labels = ("BOREDOM", LABEL)
    streams = ("face", "heart", "pointer")
    terms = {"pointer": 0.1, "face": 0.3, "heart": 0.0}

    def predict(self, windows):
        said = [0.2 + sum(self.terms[name] for name in w.streams) for w in windows]
        proba = np.array([[1 - p, p] for p in said])
        return Prediction(proba, np.zeros(len(windows), bool), [()] * len(windows))


def part(*names):
    seen = make_calibrated_window(1)
    return replace(seen, streams={n: seen.streams[n] for n in names})


def test_the_shares_of_a_sum_are_its_terms():
    assert shapley(Adding(), part("pointer", "face", "heart"), LABEL) == pytest.approx(Adding.terms)


def test_the_shares_of_a_real_predictor_sum_to_the_streams_effect():
    predictor, seen = CrossModalPredictor(*make_tiny()), make_calibrated_window(2)
    shares = shapley(predictor, seen, LABEL)
    proba = predictor.predict([seen, replace(seen, streams={})]).proba[:, 3]
    assert sum(shares.values()) == pytest.approx(proba[0] - proba[1], abs=1e-5)
    assert set(shares) == set(seen.streams)


def test_two_redundant_streams_have_equal_shares():
    class Either(Adding):
        def predict(self, windows):
            said = [0.8 if {"pointer", "face"} & set(w.streams) else 0.2 for w in windows]
            proba = np.array([[1 - p, p] for p in said])
            return Prediction(proba, np.zeros(len(windows), bool), [()] * len(windows))

    found = shapley(Either(), part("pointer", "face", "heart"), LABEL)
    assert found == pytest.approx({"pointer": 0.3, "face": 0.3, "heart": 0.0})


def test_without_streams_there_is_nothing_to_explain():
    assert shapley(Adding(), part(), LABEL) == {}


def test_an_unknown_label_is_refused():
    with pytest.raises(ValueError, match="got 'JOY'"):
        shapley(Adding(), part("face"), "JOY")


class Times:
    """P(label) = x y / 10 of the first two steps: each contributes half, regardless of order."""

    def path(self, window, label, stream, shares):
        features = np.zeros((10, 1))
        features[:2, 0] = (1.5, 2.0)
        slopes = np.zeros((len(shares), 10, 1))
        slopes[:, 0, 0], slopes[:, 1, 0] = shares * 2.0 / 10, shares * 1.5 / 10
        return features, slopes


def test_two_interacting_steps_have_equal_shares():
    found = integrate_gradients(Times(), None, LABEL, "pointer")
    np.testing.assert_allclose(found, [0.15, 0.15, *[0.0] * 8], atol=1e-12)


@pytest.fixture(scope="module")
def prior():
    (path,) = FOLDER.glob("prior-????????????")
    return open_artefact(path)


@pytest.fixture(scope="module")
def windows():
    """Simulated people with their openings; every third Window of three recordings."""
    rng, plan = np.random.default_rng(3), Plan(3, effects.load(), segments=(6, 6, 6, 6, 12))
    found = [
        moment
        for recording in iterate_recordings(plan, rng=rng)
        for moment in list_moments(recording, plan.effects, labels=PAPER_1, hop_s=30.0, rng=rng)
    ]
    return [example.window for example in cut_examples(found)]


def predict_chance(prior, window, label, at_mean=()):
    """Return P(label) with some Streams' features at the training means, from the network."""
    batch = stack([window_features(window)], list(prior.standards))
    batch = standardise(prior._mask_unfamiliar(batch, [[]]), prior.standards)
    for name in at_mean:
        batch.values[name][:] = 0
    return softmax(prior.logits(batch), prior.card["temperature"])[0, prior.labels.index(label)]


def test_steps_sum_to_the_streams_effect_in_the_real_network(prior, windows):
    checked = 0
    for window in windows[:12]:
        label = prior.labels[int(prior.predict([window]).proba[0].argmax())]
        for stream in window.streams:
            moved = predict_chance(prior, window, label) - predict_chance(
                prior, window, label, [stream]
            )
            found = integrate_gradients(prior, window, label, stream)
            assert found.shape == (10,)
            assert found.sum() == pytest.approx(moved, rel=0.01, abs=2e-4)
            checked += abs(moved) > 0.02
    assert checked >= 10


def test_a_missing_step_has_no_part(prior, windows):
    window = next(each for each in windows if "pointer" in each.streams)
    late = replace(window, t0=window.t0 + 6.0)
    found = integrate_gradients(prior, late, "INTEREST", "pointer")
    assert not found[:6].any()
    assert found[6:].any()


def test_the_stream_that_adds_most_is_named_and_explained_over_time(prior, windows):
    found = explain_label(prior, windows[0], "INTEREST")
    assert found.stream == max(found.shares, key=found.shares.get)
    assert found.steps is not None
    assert format_sentence(found).endswith("This can be wrong.")


def test_a_predictor_without_gradients_is_explained_without_time():
    found = explain_label(Adding(), part("pointer", "face", "heart"), LABEL)
    assert (found.stream, found.steps) == ("face", None)
    assert format_sentence(found) == "Mostly the face. This can be wrong."


def test_an_explanation_has_its_deletion_area():
    found = explain_label(Adding(), part("pointer", "face", "heart"), LABEL)
    # 0.6 with all; 0.3 without the face, then 0.2 twice: deleting in another order leaves more.
    assert found.deletion == pytest.approx((0.3 + 0.2 + 0.2) / 3 / 0.6)
    worth = {
        frozenset(names): 0.2 + sum(map(Adding.terms.get, names))
        for names in [(), ("face",), ("heart",), ("face", "heart")]
    }
    assert deletion_score(worth, ["face", "heart"]) < deletion_score(worth, ["heart", "face"])
    assert np.isnan(deletion_score(worth, []))


def test_without_contributions_there_is_no_explanation():
    assert format_sentence(explain_label(Adding(), part("heart"), LABEL)) == ""
    assert format_sentence(explain_label(Adding(), part(), LABEL)) == ""


def of(*steps, **shares):
    return format_sentence(
        LabelExplanation(shares, max(shares, key=shares.get), np.array(steps), 0.5)
    )


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        ([2, 1, 0, 0, 0, 0, 1.5, 1.5, 1.5, 1.5], "Mostly the pointer, in the last 4 seconds."),
        ([0, 0, 0, 0, 0, 0, 0, 0, 1, 4], "Mostly the pointer, in the last second."),
        ([0, 2, 2, 0, 0, 0, 0, 0, 1, 0], "Mostly the pointer, from 9 to 7 seconds before the end."),
        ([0, 0, 0, 0, 0, 0, 0, 0, 4, 0], "Mostly the pointer, from 2 to 1 second before the end."),
        ([-9, 0, 0, 0, 0, 0, 0, 0, 2, 3], "Mostly the pointer, in the last second."),
        ([4, 1, 1, 1, 1, 1, 1, 1, 1, 4], "Mostly the pointer."),
        ([-1] * 10, "Mostly the pointer."),
    ],
)
def test_the_sentence_names_the_span_with_most_of_the_share(steps, said):
    assert of(*steps, pointer=0.3, face=-0.2) == f"{said} This can be wrong."


def test_one_of_several_equal_streams_is_described_as_a_part():
    assert of(*[0] * 9, 1, pointer=0.2, face=0.15, heart=0.1).startswith("Partly the pointer")


def test_every_stream_that_a_shipped_model_reads_has_words():
    cards = [json.loads(path.read_text(encoding="utf-8")) for path in FOLDER.glob("*/card.json")]
    assert [name for card in cards for name in card["streams"] if name_evidence(name) == name] == []


def test_the_shortest_and_latest_span_is_chosen():
    assert shortest_stretch(np.array([3.0, 3.0, 0.0, 3.0, 3.0, 0.0])) == (1, 5)
    assert shortest_stretch(np.array([2.0, 0.0, 2.0])) == (0, 3)
