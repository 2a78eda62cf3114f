"""`python -m emotion.training RECIPE OUT [DATA]`: train, compare with an existing result, report.

DATA is a folder, or `-`: the bytes of a snapshot on standard input. The last line of output is
JSON: {"path", "figures", "largest_difference" (null if there was none)}. If killed and started
again with the same arguments, it continues after the last finished epoch.
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
from emotion.behaviour import train as behaviour
from emotion.datasets.snapshot import WrongFile, digest
from emotion.models.crossmodal import finetune
from emotion.models.crossmodal import train as crossmodal_train
from emotion.models.crossmodal.finetuned_head import FinetuneRecipe
from emotion.models.foursub import train as foursub_train
from emotion.models.mvp import finetune as mvp_finetune
from emotion.models.mvp import train as mvp_train
from emotion.models.valence_arousal import train as valence_arousal_train
from emotion.models.valence_arousal.levels_head import SamRecipe
from emotion.models.wearable import card as wearable_card
from emotion.models.wearable import train as wearable_train
from emotion.training import recipe
from emotion.training.checkpoint import Busy, Work, open_work
from emotion.training.example_table import Say

RECIPES: dict[str, Any] = {
    "behaviour": behaviour.BehaviourRecipe,
    "finetune": FinetuneRecipe,
    "foursub": foursub_train.FourSubRecipe,
    "mvp": mvp_train.MvpRecipe,
    "prior": crossmodal_train.PriorRecipe,
    "sam": SamRecipe,
    "wearable": wearable_train.WearableRecipe,
}


def main(told: str, out: Path, data: str = "") -> dict[str, Any]:
    """Train the recipe; save it under `out`.

    A shipped one is only compared if another artefact of its name exists.
    """
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    path = recipe.find(told)
    kind = recipe.kind(path)
    recipe.refuse_other_data(kind, data)
    chosen = recipe.read(path, RECIPES[kind])
    packed = sys.stdin.buffer.read() if data == recipe.OVER_INPUT else b""
    known: dict[str, Any] = {kind: asdict(chosen)}
    known |= {"snapshot": digest(packed)} if packed else {}
    with open_work(out / f".{kind}.training", known) as work:
        card, weights = _train(kind, chosen, packed or data, _progress(), work)
        own = path.parent != recipe.SHIPPED or bool(packed)
        return _save_or_compare(
            card, weights, out, there=[] if own else sorted(_find_existing(out, kind))
        )


def _find_existing(out: Path, kind: str) -> list[Path]:
    return list(out.glob(f"{kind}-????????????"))


def _save_or_compare(
    card: dict[str, Any], weights: artefacts.Weights, out: Path, there: list[Path]
) -> dict[str, Any]:
    """Save if `there` is empty; else report the difference from the latest one."""
    if not there:
        path = artefacts.save(out, card=card, weights=weights)
        _write_graph(path, str(card["kind"]))
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
        "largest_difference": 0.0 if same else artefacts.max_difference(weights, before),
    }


def _write_graph(path: Path, kind: str) -> None:
    """Write the graph for small computers and Learners' pages, if the extra `edge` is installed."""
    try:
        from emotion.edge import export
    except ImportError:
        return
    if kind in export.KINDS:
        export.write(path)


def _train(
    kind: str, chosen: Any, data: str | bytes, say: Say, work: Work
) -> tuple[dict[str, Any], artefacts.Weights]:
    if kind == "finetune" and isinstance(data, bytes):
        return finetune.train(data, chosen, say=say, work=work)
    if kind == "sam" and isinstance(data, bytes):
        return valence_arousal_train.train(data, chosen, say=say, work=work)
    if kind == "prior":
        return crossmodal_train.train(chosen, say=say, work=work)
    if kind == "foursub":
        return foursub_train.train(chosen, say=say, work=work)
    if kind == "mvp" and isinstance(data, bytes):
        return mvp_finetune.train(data, chosen, say=say, work=work)
    if kind == "mvp":
        return mvp_train.train(chosen, say=say, work=work)
    if kind == "wearable":
        told = data if isinstance(data, bytes) else Path(data)
        return wearable_card.train(told, chosen, say=say, work=work)
    return behaviour.train(chosen, say=say)


def _progress() -> Say:
    began = time.monotonic()

    def say(line: str) -> None:
        sys.stderr.write(f"{time.monotonic() - began:7.1f} s  {line}\n")
        sys.stderr.flush()

    return say


if __name__ == "__main__":
    told, folder, *data = sys.argv[1:]
    try:
        report = main(told, Path(folder), *data)
    except (recipe.WrongRecipe, Busy, WrongFile) as wrong:
        sys.exit(str(wrong))
    sys.stdout.write(json.dumps(report) + "\n")
