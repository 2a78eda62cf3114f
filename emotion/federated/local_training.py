"""One institution's part in a round: one pass from the common weights over its own Windows.

`python -m emotion.federated.local_training` talks to the process that started it over pipes. It
reads first the training data (a snapshot's bytes, or which simulated institution to play), then
weights in, weights out for each round. So Windows are never written to disk, and Flower needs no
package of ours.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray

from emotion import artefacts
from emotion.datasets import snapshot
from emotion.features.batch import Standard, standardise
from emotion.federated import messages
from emotion.federated.fedavg import Weights
from emotion.labels import PAPER_1
from emotion.models.crossmodal.fit import FitSchedule, epoch
from emotion.models.crossmodal.head_finetune import base_folder
from emotion.models.crossmodal.network import CrossModal
from emotion.models.crossmodal.train import prior_config
from emotion.models.normalization import unpack_standards
from emotion.simulate import effects
from emotion.simulate.cohort import Plan
from emotion.training.example_table import ExampleTable, make_snapshot_table, simulate_table

LABELS = PAPER_1

# One pass per round; tuned on simulated institutions that are in no published figure.
SCHEDULE = FitSchedule(
    epochs=1, patience=1, rows=64, rate=2e-3, decay=1e-2, dropout=0.1, forgetting=0.15
)


class LocalTrainer:
    """One institution's Windows, and its local training."""

    def __init__(self, table: ExampleTable, *, seed: int) -> None:
        self.table, self.seed = table, seed

    def train_round(self, weights: Weights, turn: int) -> list[NDArray[np.float32]]:
        """Return the weights after one pass; deterministic in weights, turn and seed."""
        network = build_network(weights)
        generator = torch.Generator().manual_seed(1000 * self.seed + turn)
        optimiser = torch.optim.AdamW(
            network.parameters(), lr=SCHEDULE.rate, weight_decay=SCHEDULE.decay
        )
        epoch(network, self.table, SCHEDULE, optimiser, generator)
        return extract_weights(network)


def make_initial_weights(seed: int) -> list[NDArray[np.float32]]:
    """Return untrained weights."""
    torch.manual_seed(seed)
    return extract_weights(CrossModal(prior_config(classes=len(LABELS))))


def build_network(weights: Weights) -> CrossModal:
    """Return a network with these weights."""
    network = CrossModal(prior_config(classes=len(LABELS)))
    names = sorted(network.state_dict())
    state = {n: torch.from_numpy(np.array(w)) for n, w in zip(names, weights, strict=True)}
    network.load_state_dict(state)
    return network


def extract_weights(network: CrossModal) -> list[NDArray[np.float32]]:
    """Return a network's tensors in the order of their names."""
    state = network.state_dict()
    return [state[name].detach().numpy().copy() for name in sorted(state)]


def load_standards() -> dict[str, Standard]:
    """Return the standards for all features: the shipped prior's, which hold no personal data."""
    return unpack_standards(artefacts.read(base_folder("prior"))[1])


def standardise_table(table: ExampleTable, known: Mapping[str, Standard]) -> ExampleTable:
    """Return the table with standardised features."""
    return replace(table, batch=standardise(table.batch, known))


def simulate_institution(number: int, people: int) -> ExampleTable:
    """Return the Windows of a simulated institution: its own people and videos."""
    known = effects.load()
    counts = [known.label_counts[label] for label in LABELS]
    plan = Plan(people, known, first=1000 * number)
    rng = np.random.default_rng([23, number])
    return standardise_table(
        simulate_table([plan], LABELS, rng=rng, counts=counts), load_standards()
    )


def load_snapshot(content: bytes) -> ExampleTable:
    """Return a snapshot's Windows that have one of our labels."""
    names = [str(label) for label in LABELS]
    found = [each for each in snapshot.loads(content).examples if each.label in names]
    return standardise_table(make_snapshot_table(found, names), load_standards())


def main() -> int:
    """Serve rounds until the pipe is closed."""
    torch.set_num_threads(1)
    asked = json.loads(messages.read_message(sys.stdin.buffer) or b"{}")
    content = messages.read_message(sys.stdin.buffer) or b""
    table = (
        load_snapshot(content)
        if content
        else simulate_institution(asked["number"], asked["people"])
    )
    school = LocalTrainer(table, seed=int(asked["seed"]))
    messages.write_message(sys.stdout.buffer, json.dumps({"windows": len(table.labels)}).encode())
    turn = 0
    while (packed := messages.read_message(sys.stdin.buffer)) is not None:
        after = school.train_round(messages.unpack_weights(packed), turn)
        messages.write_message(sys.stdout.buffer, messages.pack_weights(after))
        turn += 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
