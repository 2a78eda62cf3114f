"""`python -m emotion.training RECIPE OUT [DATA]`: train, compare with what is there, report.

Its last line is JSON: {"path", "figures", "largest_difference" (null where nothing was there)}.
Killed, and asked for the same once more, it goes on after the last epoch that it finished.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from emotion import artefacts
from emotion.behaviour import learn as behaviour
from emotion.training import foursub, mvp, prior, recipe, wearable, wearable_card
from emotion.training.checkpoint import Busy, Work, working
from emotion.training.tables import Say

FORMS: dict[str, Any] = {
    "behaviour": behaviour.Recipe,
    "foursub": foursub.Recipe,
    "mvp": mvp.Recipe,
    "prior": prior.Recipe,
    "wearable": wearable.Recipe,
}


def main(told: str, out: Path, data: Path | None = None) -> dict[str, Any]:
    """Train the recipe; save it under `out`.

    One that is shipped is only compared where another artefact of its name is there.
    """
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    path = recipe.find(told)
    kind = recipe.kind(path)
    if (kind in recipe.FROM_DATA) != (data is not None):
        raise recipe.WrongRecipe(f"{kind}: DATA is for {', '.join(recipe.FROM_DATA)}")
    chosen = recipe.read(path, FORMS[kind])
    with working(out / f".{kind}.training", {kind: asdict(chosen)}) as work:
        card, weights = _train(kind, chosen, data, _progress(), work)
        own = path.parent != recipe.SHIPPED
        return _kept(card, weights, out, there=[] if own else sorted(_there(out, kind)))


def _there(out: Path, kind: str) -> list[Path]:
    return list(out.glob(f"{kind}-????????????"))


def _kept(
    card: dict[str, Any], weights: artefacts.Weights, out: Path, there: list[Path]
) -> dict[str, Any]:
    """Save where nothing is `there`; else say how far it is from what is."""
    if not there:
        path = artefacts.save(out, card=card, weights=weights)
        return {"path": path.name, "figures": card["figures"], "largest_difference": None}
    with tempfile.TemporaryDirectory() as folder:
        path = artefacts.save(Path(folder), card=card, weights=weights)
    expected = next((each for each in there if each.name == path.name), there[-1])
    same = expected.name == path.name
    _, before = artefacts.read(expected)
    return {
        "path": path.name,
        "expected": expected.name,
        "figures": card["figures"],
        "largest_difference": 0.0 if same else artefacts.farthest(weights, before),
    }


def _train(
    kind: str, chosen: Any, data: Path | None, say: Say, work: Work
) -> tuple[dict[str, Any], artefacts.Weights]:
    if kind == "prior":
        return prior.train(chosen, say=say, work=work)
    if kind == "foursub":
        return foursub.train(chosen, say=say, work=work)
    if kind == "mvp":
        return mvp.train(chosen, say=say, work=work)
    if data is not None:
        return wearable_card.train(data, chosen, say=say)
    return behaviour.train(chosen, say=say)


def _progress() -> Say:
    began = time.monotonic()

    def say(line: str) -> None:
        sys.stderr.write(f"{time.monotonic() - began:7.1f} s  {line}\n")
        sys.stderr.flush()

    return say


if __name__ == "__main__":
    told, *folders = sys.argv[1:]
    try:
        report = main(told, *map(Path, folders))
    except (recipe.WrongRecipe, Busy) as wrong:
        sys.exit(str(wrong))
    sys.stdout.write(json.dumps(report) + "\n")
