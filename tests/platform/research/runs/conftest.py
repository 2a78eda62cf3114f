"""A training that is a few lines of Python in a real process."""

from __future__ import annotations

import sys

import pytest

from estimates.registry import predictors, training_command
from research.runs import training_data
from tests.fixtures.emotion.small_artefacts import make_tiny

FIGURES = {"macro_f1": [0.5, 0.4, 0.6], "ece": 0.03}
BEGIN = """
import json, sys, time
from pathlib import Path
sys.path[:0] = {paths!r}
out = Path({out!r})
def say(line):
    sys.stderr.write(f"    0.0 s  {{line}}\\n"); sys.stderr.flush()
"""
# Built once and copied, because building a network takes seconds per process.
FINISH = """
import shutil
made = Path({made!r})
for epoch in (1, 2):
    say(f"epoch {{epoch}} of 2: validation loss 1.0")
shutil.copytree(made, out / made.name)
figures = json.loads((made / "card.json").read_text())["figures"]
print(json.dumps({{"path": made.name, "figures": figures, "largest_difference": None}}))
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
    predictors.load_model.cache_clear()
    yield settings
    predictors.load_model.cache_clear()


@pytest.fixture
def finish(tmp_path):
    """`finish(name="new")`: the script of a training that succeeds, with that card."""
    from emotion import artefacts

    def script(name="new", **figures):
        card, weights = make_tiny(name=name, figures=FIGURES | figures)
        made = artefacts.save(tmp_path / "made", card=card, weights=weights)
        return FINISH.format(made=str(made))

    return script


@pytest.fixture
def trains(shelves, finish, monkeypatch):
    """`trains(script)`: every training runs this script, whatever its recipe."""

    def made(script=None):
        does = finish() if script is None else script

        def command(recipe, out, data=""):
            told = BEGIN.format(paths=[str(shelves.BASE_DIR)], out=str(out))
            return [sys.executable, "-c", told + does, recipe, str(out), data]

        monkeypatch.setattr(training_command, "command", command)
        monkeypatch.setattr(training_data, "load_training_data", lambda run, *, now: None)

    return made


@pytest.fixture
def shelve(shelves):
    """`shelve("one")`: a tiny artefact of this release."""
    from emotion import artefacts

    def lay(name, **changes):
        card, weights = make_tiny(name=name, **changes)
        return artefacts.save(shelves.ARTEFACTS_DIR, card=card, weights=weights)

    return lay
