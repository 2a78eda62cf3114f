"""A worker loads its models before it takes the first Window."""

from __future__ import annotations

import pytest

from config.celery import ModelWarmup, app
from estimates.inference import behaviour
from estimates.registry import predictors
from pipeline import model_warmup

pytestmark = pytest.mark.django_db


@pytest.fixture
def cold():
    predictors.load_model.cache_clear()
    behaviour._model.cache_clear()


def test_shipped_models_are_loaded_and_predict(cold, now):
    predictors.register_shipped(now=now)

    assert set(model_warmup.load_models()) == {"affect", "foursub", "mvp", "arousal", "behaviour"}

    assert predictors.load_model.cache_info().currsize == 4
    assert behaviour._model.cache_info().currsize == 1


def test_a_broken_model_does_not_block_the_others(shelf, settings, caplog):
    broken = shelf("affect")
    shelf("foursub")
    predictors.load_model.cache_clear()
    (settings.ARTEFACTS_DIR / str(broken) / "weights.safetensors").write_bytes(b"nothing")

    assert model_warmup.load_models() == ["foursub"]
    assert "predictor.unusable" in caplog.text


class Started:
    """A worker, as its boot steps see it."""

    def __init__(self, *queues):
        self.app = self
        self.amqp = self
        self.queues = self
        self.consume_from = queues


@pytest.mark.parametrize(("queues", "times"), [(("live", "slow"), 1), (("slow",), 0)])
def test_only_a_worker_of_live_tasks_loads_models(monkeypatch, queues, times):
    calls = []
    monkeypatch.setattr(model_warmup, "load_models", lambda: calls.append(1))
    monkeypatch.setattr("django.db.connections.close_all", lambda: None)

    assert ModelWarmup in app.steps["worker"]
    ModelWarmup(None).start(Started(*queues))

    assert len(calls) == times
