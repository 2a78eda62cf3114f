"""`python -m emotion.edge.export FOLDER …`: write each artefact's graph into it as `network.onnx`.

The same artefact gives the same bytes under the same versions of torch and onnxscript. The tracer's
notes (paths, stack traces) are removed.
"""

from __future__ import annotations

import logging
import sys
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import onnx
import torch

from emotion import artefacts
from emotion.artefacts import BrokenArtefact, Card, Weights
from emotion.edge import DIGEST, FILE
from emotion.edge.graph import Graph, example
from emotion.features.batch import Standard
from emotion.models.base import restore_network
from emotion.models.crossmodal.network import Config
from emotion.models.normalization import unpack_standards

if TYPE_CHECKING:
    from onnx import ModelProto

KINDS = ("affect",)


def write(folder: Path) -> Path:
    """Write an artefact's graph into its own folder; BrokenArtefact if its kind has none."""
    card, weights = artefacts.read(folder)
    if card["kind"] not in KINDS:
        raise BrokenArtefact(f"{folder.name}: expected a kind of {KINDS}, got {card['kind']!r}")
    path = folder / FILE
    path.write_bytes(export_graph(card, weights, digest=folder.resolve().name.rpartition("-")[2]))
    return path


def export_graph(card: Card, weights: Weights, *, digest: str) -> bytes:
    """Return the graph as an ONNX file that names its artefact."""
    network = restore_network(Config(**card["network"]).build(), weights)
    standards = unpack_standards(weights)
    model = _strip_metadata(
        _trace(Graph(network, standards, float(card["temperature"])), standards)
    )
    onnx.helper.set_model_props(model, {DIGEST: digest})
    return bytes(model.SerializeToString(deterministic=True))


def _trace(graph: Graph, standards: Mapping[str, Standard]) -> ModelProto:
    """Trace with two Windows, since one would be taken for a constant."""
    values, masks = example(standards, 2)
    rows = {0: torch.export.Dim("rows")}
    shapes = ([rows] * len(values), [rows] * len(masks))
    for name in ("onnxscript", "torch.onnx"):
        logging.getLogger(name).setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        program = torch.onnx.export(
            graph.eval(),
            (values, masks),
            dynamo=True,
            dynamic_shapes=shapes,
            input_names=[f"{n}_{part}" for part in ("values", "mask") for n in graph.names],
            output_names=["proba", "used"],
            external_data=False,
            verbose=False,
        )
    return program.model_proto  # type: ignore[union-attr]


def _strip_metadata(model: ModelProto) -> ModelProto:
    for node in model.graph.node:
        node.ClearField("metadata_props")
        node.ClearField("doc_string")
    model.graph.ClearField("value_info")
    model.graph.ClearField("metadata_props")
    for value in (*model.graph.input, *model.graph.output, *model.graph.initializer):
        value.ClearField("metadata_props")
    return model


def main(folders: Sequence[str]) -> int:
    for folder in folders:
        path = write(Path(folder))
        sys.stdout.write(f"{path} {path.stat().st_size} bytes\n")
    return 0 if folders else 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
