"""A worker has loaded what its Windows need before it takes the first of them."""

from __future__ import annotations

import pytest

from config.celery import ModelWarmup, app
from estimates.inference import behaviour
from estimates.registry import predictors
from pipeline import model_warmup

pytestmark = pytest.mark.django_db


@pytest.fixture
def cold():
    predictors.loaded.cache_clear()
    behaviour._model.cache_clear()


def test_what_ships_is_loaded_and_answers(cold, now):
    predictors.register_shipped(now=now)

    assert set(model_warmup.warm()) == {"affect", "foursub", "mvp", "arousal", "behaviour"}

    assert predictors.loaded.cache_info().currsize == 4
    assert behaviour._model.cache_info().currsize == 1


def test_one_that_is_broken_keeps_no_other_cold(shelf, settings, caplog):
    broken = shelf("affect")
    shelf("foursub")
    predictors.loaded.cache_clear()
    (settings.ARTEFACTS_DIR / str(broken) / "weights.safetensors").write_bytes(b"nothing")

    assert model_warmup.warm() == ["foursub"]
    assert "predictor.unusable" in caplog.text


class Started:
    """A worker as its steps see it."""

    def __init__(self, *queues):
        self.app = self
        self.amqp = self
        self.queues = self
        self.consume_from = queues


@pytest.mark.parametrize(("queues", "times"), [(("live", "slow"), 1), (("slow",), 0)])
def test_only_a_worker_of_live_tasks_is_warmed_and_before_it_is_ready(monkeypatch, queues, times):
    calls = []
    monkeypatch.setattr(model_warmup, "warm", lambda: calls.append(1))
    monkeypatch.setattr("django.db.connections.close_all", lambda: None)

    assert ModelWarmup in app.steps["worker"]
    ModelWarmup(None).start(Started(*queues))

    assert len(calls) == times
