"""Everything that makes Estimates follows one protocol: shipped models and the papers' tests'."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from emotion import artefacts, streams
from emotion.models import PREDICTORS, SHORT, UNFAMILIAR, make_predictor
from emotion.windows import Window
from tests.fixtures.emotion.signal_windows import foursub_artefact, mvp_artefact
from tests.fixtures.emotion.small_artefacts import make_tiny

ROOT = Path(__file__).resolve().parents[3]
SHIPPED = sorted(card.parent for card in (ROOT / "artefacts").glob("*/card.json"))
MADE = {"affect": make_tiny, "mvp": mvp_artefact, "foursub": foursub_artefact}


def list_makers():
    found = [(path.name, lambda path=path: artefacts.read(path)) for path in SHIPPED]
    found = [(name, read) for name, read in found if read()[0]["kind"] in PREDICTORS]
    return [*found, *MADE.items()]


@pytest.mark.parametrize("make", [pytest.param(make, id=name) for name, make in list_makers()])
def test_it_has_the_protocols_attributes_and_abstains_without_streams(make):
    card, weights = make()
    predictor = make_predictor(card, weights)
    assert predictor.card == card
    assert predictor.streams
    assert set(predictor.streams) <= set(streams.load())
    assert predictor.window_s > 0
    assert predictor.hop_s % 5 == 0
    assert predictor.opening_s >= 0
    empty = Window(60.0, 60.0 + predictor.window_s)
    assert not predictor.opening(empty) or set(predictor.opening(empty)) <= set(predictor.streams)
    found = predictor.predict([empty])
    assert found.proba.shape == (1, len(predictor.labels))
    assert found.abstain.tolist() == [True]
    assert found.reasons[0][0] in (UNFAMILIAR, SHORT)
    none = predictor.predict([])
    assert none.proba.shape == (0, len(predictor.labels))
    assert np.size(none.abstain) == len(none.reasons) == 0


def test_importing_any_of_them_loads_no_torch():
    folder = ROOT / "emotion" / "models"
    files = [*folder.glob("*.py"), *folder.glob("*/predictor.py")]
    assert len(files) > len(PREDICTORS)
    names = [".".join(file.relative_to(ROOT).with_suffix("").parts) for file in files]
    modules = ", ".join(name for name in names if not name.endswith("__init__"))
    code = f"import sys, {modules}; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False, cwd=ROOT).returncode == 0
