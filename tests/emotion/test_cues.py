"""Cues: what is named is what the answer loses most by, against the person's own opening."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from emotion.cues import LEAST_CHANGE, Cue, HidingPredictor, find_cues, list_features
from emotion.features.window import find_columns
from emotion.labels import PAPER_1
from emotion.models import open_artefact
from emotion.models.crossmodal.predictor import CrossModalPredictor
from emotion.simulate import effects
from emotion.simulate.cohort import Plan, cut_examples, iterate_recordings, list_moments
from tests.fixtures.emotion.small_artefacts import make_calibrated_window, make_tiny

FOLDER = Path(__file__).resolve().parents[2] / "artefacts"


class Rhythm:
    """P(YES) = 0.2 + what each feature that is not hidden adds."""

    labels = ("NO", "YES")
    adds = {"hr": 0.1, "log_flight_mean": 0.3, "log_chr": 0.0, "edit_share": 0.2}
    changes = {
        "typing": {"log_flight_mean": -1.0, "log_chr": 2.0, "edit_share": 0.1},
        "heart": {"hr": 0.5, "rr": -0.5},
    }

    def measure_changes(self, window):
        return self.changes

    def hide_features(self, window, choices):
        found = []
        for hidden in choices:
            gone = {name for names in hidden.values() for name in names}
            found.append(0.2 + sum(x for name, x in self.adds.items() if name not in gone))
        return np.array([[1 - p, p] for p in found])


def test_the_cues_that_the_answer_loses_most_by_are_named_with_their_direction():
    found = find_cues(Rhythm(), None, ["YES"])
    assert found == {
        "YES": (Cue("typing", "log_flight_mean", higher=False), Cue("heart", "hr", higher=True))
    }


def test_what_is_as_at_the_opening_or_without_effect_is_not_named():
    named = {cue.name for cue in find_cues(Rhythm(), None, ["YES"])["YES"]}
    assert abs(Rhythm.changes["typing"]["edit_share"]) < LEAST_CHANGE
    assert not named & {"log_edit", "edit_share", "log_chr"}


def test_only_cues_of_the_given_streams_are_named():
    assert find_cues(Rhythm(), None, ["YES"], {"YES": ["heart"]}) == {
        "YES": (Cue("heart", "hr", higher=True),)
    }
    assert find_cues(Rhythm(), None, ["YES"], {"YES": []}) == {"YES": ()}
    assert find_cues(Rhythm(), None, ["YES"], {"NO": []}) == find_cues(Rhythm(), None, ["YES"])


def test_a_label_that_nothing_supports_has_no_cues():
    assert find_cues(Rhythm(), None, ["NO"]) == {"NO": ()}


def test_features_that_mean_the_same_are_hidden_together():
    cues = [Cue("typing", "log_flight_mean", True), Cue("typing", "log_edit", True)]
    assert list_features(cues) == {
        "typing": ["log_flight_mean", "log_flight_p90", "log_edit", "edit_share"]
    }


@pytest.fixture(scope="module")
def prior():
    (path,) = FOLDER.glob("prior-????????????")
    return open_artefact(path)


@pytest.fixture(scope="module")
def cases(prior):
    """Sure answers on simulated people whose opening is known: (Window, label)."""
    rng, plan = np.random.default_rng(8), Plan(14, effects.load(), segments=(6, 6, 6, 6, 24))
    moments = [
        moment
        for recording in iterate_recordings(plan, rng=rng)
        for moment in list_moments(recording, plan.effects, labels=PAPER_1, hop_s=20.0, rng=rng)
    ]
    windows = [example.window for example in cut_examples(moments)]
    said = prior.predict(windows)
    return [
        (window, prior.labels[int(chances.argmax())])
        for window, chances, unsure in zip(windows, said.proba, said.abstain, strict=True)
        if window.opening and not unsure
    ]


def draw_features(rng, changes, taken, count):
    """Return as many other features of the same Window, at random."""
    others = [
        (stream, name)
        for stream, known in changes.items()
        for name in known
        if name not in taken.get(stream, ())
    ]
    found = {}
    for n in rng.permutation(len(others))[:count]:
        stream, name = others[n]
        found.setdefault(stream, []).append(name)
    return found


def measure_losses(prior, cases, *, draws=20):
    """Return how much P(label) loses without the named features, and without others (N, 2)."""
    rng, rows = np.random.default_rng(1), []
    for window, label in cases:
        named = list_features(find_cues(prior, window, [label])[label])
        if not named:
            continue
        count, changes = sum(map(len, named.values())), prior.measure_changes(window)
        others = [draw_features(rng, changes, named, count) for _ in range(draws)]
        chances = prior.hide_features(window, [{}, named, *others])
        chances = chances[:, prior.labels.index(label)]
        rows.append((chances[0] - chances[1], chances[0] - chances[2:].mean()))
    return np.array(rows)


def test_without_the_named_features_the_state_is_less_likely_than_without_others(prior, cases):
    losses = measure_losses(prior, cases)
    assert len(losses) >= 20
    assert (losses[:, 0] > losses[:, 1]).mean() > 0.95
    gained = losses[:, 0] - losses[:, 1]
    draws = np.random.default_rng(2).choice(gained, (1000, len(gained))).mean(axis=1)
    assert np.quantile(draws, 0.025) > 0.05


@pytest.mark.timed
def test_the_cues_of_all_labels_take_less_than_a_second(prior, cases):
    took = []
    for window, _ in cases[:5]:
        began = time.perf_counter()
        find_cues(prior, window, prior.labels)
        took.append(time.perf_counter() - began)
    assert np.median(took) < 1.0


def test_without_an_opening_nothing_is_named(prior, cases):
    for window, label in cases[:5]:
        assert find_cues(prior, replace(window, opening={}), [label]) == {label: ()}


def test_a_stream_that_was_left_out_is_never_named(prior, cases):
    for window, label in cases[:10]:
        kept = window.select(set(window.inputs) - {"face", "gaze"})
        named = find_cues(prior, kept, [label])[label]
        assert not {cue.stream for cue in named} & {"face", "gaze"}


def test_hiding_nothing_is_the_prediction_and_hiding_a_stream_is_leaving_it_out():
    predictor, window = CrossModalPredictor(*make_tiny()), make_calibrated_window(2)
    assert isinstance(predictor, HidingPredictor)
    everything = {"face": list(predictor.measure_changes(window)["face"])}
    found = predictor.hide_features(window, [{}, everything])
    without = window.select(set(window.inputs) - {"face"})
    whole = predictor.predict([window, without]).proba
    np.testing.assert_allclose(found[0], whole[0], atol=1e-5)
    np.testing.assert_allclose(found[1], whole[1], atol=1e-5)


def test_a_feature_has_its_own_column_and_that_of_its_difference():
    assert find_columns("heart", ["hr"]) == [0, 3]
