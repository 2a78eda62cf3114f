"""The wearable Predictor: P(stress) of a minute, from any Streams present, or ABSTAIN."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from emotion import artefacts
from emotion.datasets.corpora import stress_predict
from emotion.models import SHORT, UNFAMILIAR, open_artefact
from emotion.models.wearable.card import _make_card
from emotion.models.wearable.predictor import WearablePredictor, columns, groups, make_row
from emotion.models.wearable.train import WearableRecipe, learn, make_table, make_views
from emotion.training.recipe import read_shipped
from emotion.windows import Window
from tests.fixtures.emotion.empatica_folders import study

QUICK = {"opening_s": 100.0, "trees": 15, "hop_s": 15.0, "strength": 0.05, "leaf": 4, "inner": 2}
RECIPE = replace(read_shipped("wearable", WearableRecipe), **QUICK)
FIGURES = {"time_matched_auc": [0.6, 0.56, 0.7]}


@pytest.fixture(scope="module")
def people(tmp_path_factory):
    root = study(tmp_path_factory.mktemp("sp") / "study", people=3, seconds=400)
    return stress_predict.load(root)


@pytest.fixture(scope="module")
def data(people):
    return make_table(people, RECIPE, say=lambda _: None)


@pytest.fixture(scope="module")
def learned(data):
    rows, group = make_views(data)["causal"]
    return learn(rows, data.labels, data.people, group, RECIPE)


@pytest.fixture(scope="module")
def predictor(data, learned):
    return WearablePredictor(*artefact(data, learned))


@pytest.fixture(scope="module")
def windows(people, predictor):
    recording = people[0].recording
    usual = predictor.opening(recording.window(0, RECIPE.opening_s))
    starts = np.arange(RECIPE.opening_s, 310 - 1e-6, RECIPE.hop_s)
    return [cut_window(recording, t0, usual) for t0 in starts]


def cut_window(recording, t0, usual):
    """Return a Window as the pipeline cuts it: its Tracks reach back, [t0, t1) does not."""
    long = recording.window(max(0.0, t0 + 90 - RECIPE.reach_s), t0 + 90)
    return replace(long, t0=t0, opening=usual)


def artefact(data, learned):
    told = _make_card(RECIPE, FIGURES, "0" * 64)
    tuned = {"temperature": learned.reader.temperature, "threshold": learned.threshold}
    return told | tuned, learned.reader.pack()


def lacking(window, *names):
    kept = {n: track for n, track in window.streams.items() if n not in names}
    usual = {n: values for n, values in window.opening.items() if n not in names}
    return replace(window, streams=kept, opening=usual)


def test_the_saved_artefact_reproduces_its_measurements(data, learned, windows, tmp_path):
    card, weights = artefact(data, learned)
    loaded = open_artefact(artefacts.save(tmp_path, card=card, weights=weights))
    assert isinstance(loaded, WearablePredictor)
    said = loaded.predict(windows)
    own = data.people == 0
    proba, sure = learned.predict(make_views(data)["causal"][0][own])
    np.testing.assert_allclose(said.proba[:, 0], proba, atol=1e-6)
    np.testing.assert_array_equal(~said.abstain, sure)


def test_a_window_is_classified_by_its_last_minute(data, people, windows):
    own = data.people == 0
    truth = [people[0].label(w.t1 - 60, w.t1) for w in windows]
    assert data.labels[own].tolist() == truth
    assert truth != [people[0].label(w.t0, w.t1) for w in windows]


def test_it_detects_planted_stress(predictor, windows, people):
    said = predictor.predict(windows)
    truth = np.array([people[0].label(w.t1 - 60, w.t1) for w in windows])
    assert said.proba[truth == 1].mean() > said.proba[truth == 0].mean() + 0.2
    assert (~said.abstain).mean() >= 0.8


def test_the_order_of_windows_changes_no_answer(predictor, windows):
    """No time, position or running count: shuffled Windows get the same answers."""
    said = predictor.predict(windows)
    order = np.random.default_rng(0).permutation(len(windows))
    again = predictor.predict([windows[i] for i in order])
    np.testing.assert_array_equal(again.proba, said.proba[order])
    assert again.reasons == [said.reasons[i] for i in order]


def test_a_window_an_hour_later_gets_the_same_answer(predictor, windows):
    later = [
        Window(
            w.t0 + 3600,
            w.t1 + 3600,
            {n: replace(t, times=t.times + 3600) for n, t in w.streams.items()},
            w.opening,
        )
        for w in windows
    ]
    found = predictor.predict(later).proba - predictor.predict(windows).proba
    np.testing.assert_allclose(found, 0, atol=0.02)  # a heart notice's time is float32
    assert np.median(np.abs(found)) < 1e-4


def test_each_answer_is_independent(predictor, windows):
    said = predictor.predict(windows[:3])
    alone = [predictor.predict([window]) for window in windows[:3]]
    for index, one in enumerate(alone):
        np.testing.assert_allclose(one.proba[0], said.proba[index], atol=1e-9)


@pytest.mark.parametrize("stream", ["ppg", "heart", "eda", "temp", "acc"])
def test_it_answers_without_any_one_stream(predictor, windows, stream):
    said = predictor.predict([lacking(window, stream) for window in windows])
    assert np.isfinite(said.proba).all()
    assert ((said.proba >= 0) & (said.proba <= 1)).all()
    assert not any(reasons and reasons[0] == UNFAMILIAR for reasons in said.reasons)
    assert (~said.abstain).any()


def test_it_abstains_without_streams(predictor, windows):
    said = predictor.predict([lacking(windows[0], "ppg", "heart", "eda", "temp", "acc")])
    assert said.abstain.tolist() == [True]
    said = predictor.predict([replace(windows[0], streams={})])
    assert said.reasons[0][0] == UNFAMILIAR


def test_it_abstains_while_the_sitting_is_too_young(predictor, windows):
    young = Window(0.0, 30.0, windows[0].streams)
    unknown = replace(windows[0], opening={})
    said = predictor.predict([young, unknown, windows[0]])
    assert [reasons[:1] for reasons in said.reasons[:2]] == [(SHORT,), (SHORT,)]
    assert said.abstain[:2].all()


def test_it_leaves_out_a_device_missing_from_the_card(data, learned, windows):
    card, weights = artefact(data, learned)
    streams = card["streams"] | {"eda": card["streams"]["eda"] | {"backends": ["other"]}}
    strict = WearablePredictor(card | {"streams": streams}, weights)
    said = strict.predict(windows[:1])
    assert "unnamed:eda" in said.reasons[0]
    without = strict.predict([lacking(windows[0], "eda")])
    np.testing.assert_array_equal(said.proba, without.proba)


def test_a_stream_out_of_the_training_range_is_left_out_and_named(predictor, windows):
    window = windows[0]
    hot = replace(window.streams["temp"], values=window.streams["temp"].values + 12)
    said = predictor.predict([replace(window, streams=window.streams | {"temp": hot})])
    assert "unfamiliar:temp" in said.reasons[0]
    without = predictor.predict([lacking(window, "temp")])
    np.testing.assert_allclose(said.proba, without.proba, atol=1e-9)


def test_a_pulse_height_is_relative_to_the_opening():
    height = columns().index("ppg.log_height")
    values = np.arange(5, dtype=np.float32)
    made = make_row({"ppg": values}, {"ppg": values - 1}, {"ppg": values - 3})
    assert np.isnan(made[height])
    assert made[columns().index("ppg.log_height_from_opening")] == 1
    assert made[columns().index("ppg.log_height_from_recent")] == 3
    assert len(made) == len(columns()) == len(groups())


def test_no_windows_give_no_answers(predictor):
    said = predictor.predict([])
    assert said.proba.shape == (0, 1)
    assert said.reasons == []


def test_its_card_says_when_it_may_not_be_promoted(data):
    low = {"time_matched_auc": [0.6, 0.52, 0.7]}
    assert "0.520" in _make_card(RECIPE, low, "0" * 64)[artefacts.UNPROMOTED]
    assert artefacts.UNPROMOTED not in _make_card(RECIPE, FIGURES, "0" * 64)


def test_a_window_is_compared_with_the_minutes_before_it(predictor, windows):
    """Without the minutes before, a Window is still answered, from the opening alone."""
    last = windows[-1]
    alone = replace(
        last,
        streams={
            name: replace(
                track,
                times=track.times[track.times >= last.t0],
                values=track.values[track.times >= last.t0],
                mask=track.mask[track.times >= last.t0],
            )
            for name, track in last.streams.items()
        },
    )
    both, one = predictor.predict([last]), predictor.predict([alone])
    assert both.proba[0] != one.proba[0]
    assert one.reasons[0][:1] != (UNFAMILIAR,)


def test_what_comes_after_a_window_changes_nothing(predictor, windows, people):
    """The minutes before end where the Window begins; later rows are never read."""
    first = windows[0]
    longer = people[0].recording.window(0.0, first.t1 + 60)
    later = replace(first, streams=longer.streams)
    np.testing.assert_array_equal(
        predictor.predict([later]).proba, predictor.predict([first]).proba
    )
