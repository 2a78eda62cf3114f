"""An Estimate is of what was sensed: the course only accompanies it, and is never enough."""

from __future__ import annotations

import numpy as np
import pytest

from emotion.models.protocol import Prediction
from emotion.windows import Track
from emotion.windows import Window as Cut
from estimates.inference import affect
from estimates.inference.affect import SensedWindow
from estimates.models import Predictor
from estimates.registry.predictors import LoadedPredictor
from telemetry.models import Sitting, Window
from tests.fixtures.models.predictors import TenSeconds

WEIGHTS = {"face": 0.1, "gaze": 0.05, "pointer": 0.02, "semantics": 0.2}


class Weighing(TenSeconds):
    """P(confusion) is a sum over the inputs present, so each one left out shows."""

    labels = ("INTEREST", "CONFUSION")
    streams = ("face", "gaze", "pointer")
    context = ("semantics",)

    def predict(self, windows):
        said = np.array([0.3 + sum(WEIGHTS[name] for name in w.inputs) for w in windows])
        proba = np.stack([1 - said, said], axis=1).astype(np.float32)
        return Prediction(proba, np.zeros(len(windows), bool), [()] * len(windows))


BY = LoadedPredictor(
    Predictor(digest="0" * 12, kind="affect", card={"figures": {"ece": 0.0}}), Weighing()
)


def track():
    return Track(np.ones((10, 1), np.float32), np.arange(10.0), np.ones((10, 1), bool), 1.0, "")


def guess(streams=(), context=()):
    made = Cut(0.0, 10.0, dict.fromkeys(streams, track()), {}, dict.fromkeys(context, track()))
    row = Window(pk=1, sitting=Sitting(learner_id=1), cut=1)
    return affect.guess_each([SensedWindow(row, made, {}, late=False)], BY).get(1)


def test_the_course_alone_gives_no_estimate():
    assert guess(context=["semantics"]) is None


def test_what_accompanies_a_stream_counts_and_is_named():
    found = guess(["pointer"], ["semantics"])
    best, low, high = found.labels["CONFUSION"]
    assert best == pytest.approx(0.52)
    assert (low, high) == pytest.approx((0.32, 0.52))
    assert found.streams == ["pointer"]
    assert found.context == ["semantics"]
    assert found.scopes == ["pointer:adapt"]


def test_what_the_predictor_does_not_read_is_no_input():
    found = guess(["pointer", "typing"], ["semantics", "course"])
    assert found.streams == ["pointer"]
    assert found.context == ["semantics"]


@pytest.mark.parametrize(
    ("streams", "without"),
    [
        (["face", "pointer"], ["pointer"]),
        (["gaze", "pointer"], ["pointer"]),
        (["face", "gaze", "pointer"], ["pointer"]),
        (["face", "gaze"], ["face", "gaze"]),
        (["face"], ["face"]),
        (["pointer"], ["pointer"]),
    ],
)
def test_without_the_camera_means_without_all_that_it_gives(streams, without):
    """What only the camera gave cannot be left out, since nothing would remain."""
    _, bare = guess(streams).raw["CONFUSION"]
    assert bare == pytest.approx(0.3 + sum(WEIGHTS[name] for name in without))


def test_a_stored_estimate_keeps_what_it_read_of_the_course():
    found = guess(["pointer"], ["semantics"])
    assert affect.as_guess(affect.as_json(found), found.scopes).context == ("semantics",)
