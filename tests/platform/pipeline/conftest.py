"""Fixtures for tests of the pipeline."""

from __future__ import annotations

import pytest

from emotion.models import PREDICTORS
from estimates.registry import predictors
from tests.fixtures import factories
from tests.fixtures.models import estimates


@pytest.fixture
def shelf(settings, tmp_path, monkeypatch):
    """Yield `shelf("mvp")`, which puts an artefact into use.

    Its network is that of paper 1 whatever the kind.
    """
    settings.ARTEFACTS_DIR = tmp_path
    monkeypatch.setattr(
        "emotion.models.PREDICTORS", dict.fromkeys(PREDICTORS, PREDICTORS["affect"])
    )
    predictors.load_model.cache_clear()
    yield lambda kind, **changes: predictors.promote(
        estimates.make_artefact(tmp_path, kind, **changes).name, now=factories.NOW
    )
    predictors.load_model.cache_clear()
