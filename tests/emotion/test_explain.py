"""Shapley values over Streams: they add up, and an idle Stream gets nothing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from emotion.explain import shapley
from emotion.predictors import Prediction
from emotion.predictors.crossmodal import CrossModalPredictor
from tests.emotion.cards import known, tiny

LABEL = "CONFUSION"


class Adding:
    """Says a sum over the Streams that are there: Shapley values are its terms."""

    labels = ("BOREDOM", LABEL)
    streams = ("face", "heart", "pointer")
    terms = {"pointer": 0.1, "face": 0.3, "heart": 0.0}

    def predict(self, windows):
        said = [0.2 + sum(self.terms[name] for name in w.streams) for w in windows]
        proba = np.array([[1 - p, p] for p in said])
        return Prediction(proba, np.zeros(len(windows), bool), [()] * len(windows))


def part(*names):
    seen = known(1)
    return replace(seen, streams={n: seen.streams[n] for n in names})


def test_the_shares_of_a_sum_are_its_terms():
    assert shapley(Adding(), part("pointer", "face", "heart"), LABEL) == pytest.approx(Adding.terms)


def test_the_shares_of_a_real_predictor_add_up_to_what_the_streams_changed():
    predictor, seen = CrossModalPredictor(*tiny()), known(2)
    shares = shapley(predictor, seen, LABEL)
    proba = predictor.predict([seen, replace(seen, streams={})]).proba[:, 3]
    assert sum(shares.values()) == pytest.approx(proba[0] - proba[1], abs=1e-5)
    assert set(shares) == set(seen.streams)


def test_two_streams_that_do_the_same_share_alike():
    class Either(Adding):
        def predict(self, windows):
            said = [0.8 if {"pointer", "face"} & set(w.streams) else 0.2 for w in windows]
            proba = np.array([[1 - p, p] for p in said])
            return Prediction(proba, np.zeros(len(windows), bool), [()] * len(windows))

    found = shapley(Either(), part("pointer", "face", "heart"), LABEL)
    assert found == pytest.approx({"pointer": 0.3, "face": 0.3, "heart": 0.0})


def test_without_streams_there_is_nothing_to_explain():
    assert shapley(Adding(), part(), LABEL) == {}


def test_a_label_that_it_does_not_give_is_refused():
    with pytest.raises(ValueError, match="got 'JOY'"):
        shapley(Adding(), part("face"), "JOY")
