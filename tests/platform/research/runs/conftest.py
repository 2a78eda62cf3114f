"""A training that is a few lines of Python, in a process as real as any."""

from __future__ import annotations

import sys

import pytest

from estimates import predictors, training
from research.runs import material
from tests.emotion.cards import tiny

BEGIN = """
import json, sys, time
from pathlib import Path
sys.path[:0] = {paths!r}
out = Path({out!r})
def say(line):
    sys.stderr.write(f"    0.0 s  {{line}}\\n"); sys.stderr.flush()
"""
FINISH = """
from emotion import artefacts
from tests.emotion.cards import tiny
card, weights = tiny(name="new", figures={"macro_f1": [0.5, 0.4, 0.6], "ece": 0.03})
for epoch in (1, 2):
    say(f"epoch {epoch} of 2: validation loss 1.0")
path = artefacts.save(out, card=card, weights=weights)
print(json.dumps({"path": path.name, "figures": card["figures"], "largest_difference": None}))
"""
SLOW = """
for epoch in range(1, 600):
    say(f"epoch {epoch} of 600"); time.sleep(0.05)
"""


@pytest.fixture
def shelves(settings, tmp_path):
    """Empty folders for artefacts of the release and of this site."""
    settings.ARTEFACTS_DIR, settings.LEARNED_DIR = tmp_path / "shipped", tmp_path / "learned"
    settings.ARTEFACTS_DIR.mkdir()
    predictors.loaded.cache_clear()
    yield settings
    predictors.loaded.cache_clear()


@pytest.fixture
def trains(shelves, monkeypatch):
    """`trains(script)`: every training is this script from now on, whatever its recipe."""

    def made(script=FINISH):
        def command(recipe, out, data=""):
            told = BEGIN.format(paths=[str(shelves.BASE_DIR)], out=str(out))
            return [sys.executable, "-c", told + script, recipe, str(out), data]

        monkeypatch.setattr(training, "command", command)
        monkeypatch.setattr(material, "of", lambda run, *, now: None)

    return made


@pytest.fixture
def shelve(shelves):
    """`shelve("one")`: a tiny artefact of this release."""
    from emotion import artefacts

    def lay(name, **changes):
        card, weights = tiny(name=name, **changes)
        return artefacts.save(shelves.ARTEFACTS_DIR, card=card, weights=weights)

    return lay
