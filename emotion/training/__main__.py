"""`python -m emotion.training RECIPE OUT [DATA]`: train, compare with what is there, report.

Its last line is JSON: {"path", "figures", "largest_difference" (null where nothing was there)}.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import torch

from emotion import artefacts
from emotion.behaviour import learn as behaviour
from emotion.training import foursub, mvp, prior, wearable, wearable_card
from emotion.training.tables import Say

RECIPES = ("prior", "behaviour", "foursub", "mvp", "wearable")
# These learn from a data set: DATA is its folder.
FROM_DATA = ("wearable",)


def main(recipe: str, out: Path, data: Path | None = None) -> dict[str, Any]:
    """Train `recipe`; save it under `out` unless another artefact of its name is there."""
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    card, weights = _train(recipe, data, _progress())
    there = sorted(out.glob(f"{recipe}-????????????"))
    if not there:
        path = artefacts.save(out, card=card, weights=weights)
        return {"path": path.name, "figures": card["figures"], "largest_difference": None}
    with tempfile.TemporaryDirectory() as folder:
        path = artefacts.save(Path(folder), card=card, weights=weights)
    _, before = artefacts.read(there[-1])
    same = path.name == there[-1].name
    return {
        "path": path.name,
        "expected": there[-1].name,
        "figures": card["figures"],
        "largest_difference": 0.0 if same else artefacts.farthest(weights, before),
    }


def _train(recipe: str, data: Path | None, say: Say) -> tuple[dict[str, Any], artefacts.Weights]:
    if recipe == "prior":
        return prior.train(prior.Recipe(), say=say)
    if recipe == "foursub":
        return foursub.train(foursub.Recipe(), say=say)
    if recipe == "wearable" and data is not None:
        return wearable_card.train(data, wearable.Recipe(), say=say)
    if recipe == "mvp":
        return mvp.train(mvp.Recipe(), say=say)
    return behaviour.train(behaviour.Recipe(), say=say)


def _progress() -> Say:
    began = time.monotonic()

    def say(line: str) -> None:
        sys.stderr.write(f"{time.monotonic() - began:7.1f} s  {line}\n")
        sys.stderr.flush()

    return say


if __name__ == "__main__":
    told = sys.argv[1:]
    if not told or told[0] not in RECIPES or len(told) != 2 + (told[0] in FROM_DATA):
        sys.exit(f"expected one of {', '.join(RECIPES)}, a folder, and DATA or none; got {told}")
    sys.stdout.write(json.dumps(main(told[0], *map(Path, told[1:]))) + "\n")
