"""A heart rate from the camera differs from that of a strap: no Predictor reads it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from emotion import artefacts
from emotion.features import wearable
from emotion.features.window import window_features
from emotion.models import PREDICTORS, make_predictor
from emotion.streams import stream
from emotion.windows import Chunk, make_track
from tests.emotion.models.test_protocol import SHIPPED
from tests.fixtures.emotion.tracks import SENSED, window

ALARMING = [175.0, 12.0, 0.5, 0.99]
READERS = [path for path in SHIPPED if artefacts.read(path)[0]["kind"] in PREDICTORS]


def add_camera_heart(seen):
    """Return the same Window with a fast heart rate from the camera added."""
    rows = np.tile(np.array(ALARMING, np.float32), (round(seen.t1 - seen.t0), 1))
    found = make_track(
        stream("rppg"), [Chunk(seen.t0, 1.0, rows)], t0=seen.t0, t1=seen.t1, backend="human"
    )
    assert found.mask.all()
    return replace(seen, streams={**seen.streams, "rppg": found})


def test_it_gives_no_features():
    seen = window(60.0, 120.0, 3)
    alone = replace(
        add_camera_heart(seen), streams={"rppg": add_camera_heart(seen).streams["rppg"]}
    )
    assert window_features(alone) == {}
    assert wearable.features(alone) == {}
    assert set(window_features(add_camera_heart(seen))) == set(window_features(seen))


@pytest.mark.parametrize("path", READERS, ids=lambda path: path.name)
def test_no_card_names_it(path):
    card, _ = artefacts.read(path)
    assert "rppg" not in card["streams"]


@pytest.mark.parametrize("path", READERS, ids=lambda path: path.name)
def test_an_estimate_is_the_same_with_and_without_it(path):
    predictor = make_predictor(*artefacts.read(path))
    names = [
        name for name in (*SENSED, "layout", "eda", "ppg", "acc", "temp") if stream(name).rate_hz
    ]
    seen = window(60.0, 60.0 + predictor.window_s, 3, names)
    plain, with_it = (predictor.predict([each]) for each in (seen, add_camera_heart(seen)))
    np.testing.assert_array_equal(plain.proba, with_it.proba)
    assert plain.abstain.tolist() == with_it.abstain.tolist()


@pytest.mark.parametrize("path", READERS, ids=lambda path: path.name)
def test_it_alone_gives_no_estimate(path):
    predictor = make_predictor(*artefacts.read(path))
    seen = add_camera_heart(window(60.0, 60.0 + predictor.window_s, 3, ()))
    assert predictor.predict([seen]).abstain.tolist() == [True]
