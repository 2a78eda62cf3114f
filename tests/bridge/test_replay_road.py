"""Replay of a real Stress-Predict recording, end to end.

The bridge's own program, a real socket, stored samples, the shipped wearable Predictor and the
journey page.
"""

from __future__ import annotations

import random
import shutil
from collections import Counter
from datetime import timedelta

import numpy as np
import pytest
from django.utils import timezone

from bridge.__main__ import main
from consent.permits import gate
from emotion.datasets.formats import empatica
from emotion.streams import stream
from estimates.models import AffectEstimate
from estimates.registry import predictors
from pipeline import window_processing as pipeline_windows
from telemetry.blocks import tracks
from telemetry.models import Block, Device, Window
from tests.bridge.conftest import SECONDS
from tests.fixtures.sockets.lab_device import key_of
from tests.platform.realtime.blocks.test_ingest import say_yes

pytestmark = pytest.mark.django_db(transaction=True)
STREAMS = ("acc", "eda", "heart", "ppg", "temp")


@pytest.fixture
def shipped(settings, tmp_path):
    settings.ARTEFACTS_DIR = shutil.copytree(settings.ARTEFACTS_DIR, tmp_path / "artefacts")
    predictors.load_model.cache_clear()
    predictors.register_shipped(now=timezone.now())
    yield
    predictors.load_model.cache_clear()


@pytest.fixture
def key(lesson, tmp_path, settings):
    settings.LEGAL_PROFILE = "demo"
    say_yes(lesson.learner, *(f"{name}:adapt" for name in STREAMS))
    _, text = key_of(lesson.learner, *STREAMS)
    file = tmp_path / "key"
    file.write_text(f"{text}\n")
    return str(file)


def stored(sitting):
    """Read the Tracks of the whole lesson, as any reader gets them."""
    scopes = [f"{name}:adapt" for name in STREAMS]
    permits = gate.permits(sitting.learner.code, scopes, now=timezone.now()).granted
    return tracks.read(sitting, permits.values(), 0.0, 2.0 * SECONDS)


def run_worker(sitting):
    """Run the worker's own function after the last window is due."""
    at = timezone.now() + timedelta(seconds=90)
    return pipeline_windows.drain(now=lambda: at, rng=random.Random(1))


def test_a_real_recording_is_stored_and_gets_estimates(
    server, lesson, key, recording, shipped, client_for, capfd
):
    done = main(["--site", server, "--token-file", key, "replay", str(recording), "--speed", "60"])

    said = capfd.readouterr().err
    assert done == 0, said
    assert "0 waiting · 0 lost · 0 refused" in said
    assert_same_as_file(lesson, recording)
    run_worker(lesson)
    guessed = AffectEstimate.objects.filter(sitting=lesson, predictor__kind="arousal")
    assert {row.cut for row in guessed} >= {71, 77}
    assert Counter(guessed.values_list("status", flat=True)) == {"late": guessed.count()}
    assert not Window.objects.filter(sitting=lesson, state__in=["pending", "brought"]).exists()
    page = client_for(lesson.learner).get("/journey/").content.decode()
    assert "From your wearable" in page


def assert_same_as_file(lesson, recording):
    """Compare every sample of every Stream with the file, at its own time after the first."""
    rows, found = empatica.read(recording).streams, stored(lesson)
    scales = dict(Device.objects.filter(sitting=lesson).values_list("stream", "scale"))
    assert (scales["acc"], scales["ppg"] < 0.1) == (1000 / 64, True)
    assert set(found) == set(STREAMS)
    start = float(found["eda"].times[0] - rows["eda"].times[0])
    for name in STREAMS:
        track, own = found[name], rows[name]
        assert track.backend == "empatica_e4"
        assert len(track.times) == len(own.times), name
        np.testing.assert_allclose(track.times, own.times + start, atol=1e-3)
        columns = slice(1, None) if stream(name).events else slice(None)
        fine = [channel.resolution for channel in stream(name).channels[columns]]
        steps = fine if stream(name).dtype == "f4" else [scales[name]]
        apart = np.abs(track.values[:, columns] - np.nan_to_num(own.values[:, columns]))
        assert (apart <= np.array(steps) / 2 + 1e-3).all(), name
    assert Block.objects.filter(sitting=lesson.id).count() >= 4 * SECONDS
