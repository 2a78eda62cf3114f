"""One institution's part in a round: from the common weights once through its own Windows.

`python -m emotion.federated.local_training` speaks to whoever started it over its own pipes: first
what it learns from (a snapshot's bytes, or which simulated institution it plays), then round after
round weights in, weights out. So a person's Windows lie on no disk, and Flower needs no package of
ours.
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
from emotion.models.crossmodal.fit import Schedule, epoch
from emotion.models.crossmodal.head_finetune import base_folder
from emotion.models.crossmodal.network import CrossModal
from emotion.models.crossmodal.train import LABELS, prior_config
from emotion.models.normalization import unpack_standards
from emotion.simulate import effects
from emotion.simulate.cohort import Plan
from emotion.training.example_table import Table, simulated, table_of

# One pass a round; found on simulated institutions that no figure is told of.
SCHEDULE = Schedule(
    epochs=1, patience=1, rows=64, rate=2e-3, decay=1e-2, dropout=0.1, forgetting=0.15
)


class School:
    """One institution's Windows, and how it learns from them."""

    def __init__(self, table: Table, *, seed: int) -> None:
        self.table, self.seed = table, seed

    def taught(self, weights: Weights, turn: int) -> list[NDArray[np.float32]]:
        """Return the weights after one pass; the same of the same weights, turn and seed."""
        network = built(weights)
        generator = torch.Generator().manual_seed(1000 * self.seed + turn)
        optimiser = torch.optim.AdamW(
            network.parameters(), lr=SCHEDULE.rate, weight_decay=SCHEDULE.decay
        )
        epoch(network, self.table, SCHEDULE, optimiser, generator)
        return told(network)


def fresh(seed: int) -> list[NDArray[np.float32]]:
    """Return weights that have learned nothing."""
    torch.manual_seed(seed)
    return told(CrossModal(prior_config()))


def built(weights: Weights) -> CrossModal:
    """Return the network that has these weights."""
    network = CrossModal(prior_config())
    names = sorted(network.state_dict())
    state = {n: torch.from_numpy(np.array(w)) for n, w in zip(names, weights, strict=True)}
    network.load_state_dict(state)
    return network


def told(network: CrossModal) -> list[NDArray[np.float32]]:
    """Return a network's tensors in the order of their names."""
    state = network.state_dict()
    return [state[name].detach().numpy().copy() for name in sorted(state)]


def standards() -> dict[str, Standard]:
    """Return what everybody's features are held to: the shipped prior's, about nobody."""
    return unpack_standards(artefacts.read(base_folder("prior"))[1])


def held_to(table: Table, known: Mapping[str, Standard]) -> Table:
    """Return the table with standardised features."""
    return replace(table, batch=standardise(table.batch, known))


def played(number: int, people: int) -> Table:
    """Return the Windows of a simulated institution: people and videos of its own."""
    known = effects.load()
    counts = [known.label_counts[label] for label in LABELS]
    plan = Plan(people, known, first=1000 * number)
    rng = np.random.default_rng([23, number])
    return held_to(simulated([plan], LABELS, rng=rng, counts=counts), standards())


def own(content: bytes) -> Table:
    """Return the Windows of a snapshot that somebody labelled with one of our labels."""
    names = [str(label) for label in LABELS]
    found = [each for each in snapshot.loads(content).examples if each.label in names]
    return held_to(table_of(found, names), standards())


def main() -> int:
    """Serve rounds until the pipe closes."""
    torch.set_num_threads(1)
    asked = json.loads(messages.take(sys.stdin.buffer) or b"{}")
    content = messages.take(sys.stdin.buffer) or b""
    table = own(content) if content else played(asked["number"], asked["people"])
    school = School(table, seed=int(asked["seed"]))
    messages.give(sys.stdout.buffer, json.dumps({"windows": len(table.labels)}).encode())
    turn = 0
    while (packed := messages.take(sys.stdin.buffer)) is not None:
        after = school.taught(messages.unpacked(packed), turn)
        messages.give(sys.stdout.buffer, messages.packed(after))
        turn += 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
