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
from emotion.datasets.snapshot import WrongFile, digest
from emotion.models.registry import RECIPES, resolve
from emotion.training import recipe
from emotion.training.checkpoint import Busy, Work, open_work
from emotion.training.example_table import Say


def main(told: str, out: Path, data: str = "") -> dict[str, Any]:
    """Train the recipe; save it under `out`.

    A shipped one is only compared if another artefact of its name exists.
    """
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    path = recipe.find(told)
    kind = recipe.kind(path)
    recipe.refuse_other_data(kind, data)
    chosen = recipe.read(path, resolve(RECIPES[kind].form))
    packed = sys.stdin.buffer.read() if data == recipe.OVER_INPUT else b""
    known: dict[str, Any] = {kind: asdict(chosen)}
    known |= {"snapshot": digest(packed)} if packed else {}
    with open_work(out / f".{kind}.training", known) as work:
        card, weights = _train(kind, chosen, packed or data, _progress(), work)
        own = bool(packed) or not recipe.is_shipped(path)
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
    """Return card and weights from the training that the recipe's `meta.toml` names."""
    own = RECIPES[kind]
    if data:
        given = data if isinstance(data, bytes) else Path(data)
        card, weights = resolve(own.train_on_data)(given, chosen, say=say, work=work)
    else:
        card, weights = resolve(own.train)(chosen, say=say, work=work)
    return card, weights


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
