"""What tests of the pipeline start from."""

from __future__ import annotations

import pytest

from emotion.predictors import MAKERS
from emotion.predictors.crossmodal import CrossModalPredictor
from estimates import predictors
from tests import factories, guessing


@pytest.fixture
def shelf(settings, tmp_path, monkeypatch):
    """`shelf("mvp")`: an artefact taken into use; its network is paper 1's whatever the kind."""
    settings.ARTEFACTS_DIR = tmp_path
    monkeypatch.setattr("emotion.predictors.MAKERS", dict.fromkeys(MAKERS, CrossModalPredictor))
    predictors.loaded.cache_clear()
    yield lambda kind, **changes: predictors.promote(
        guessing.lay(tmp_path, kind, **changes).name, now=factories.NOW
    )
    predictors.loaded.cache_clear()
