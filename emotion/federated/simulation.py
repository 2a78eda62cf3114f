"""`python -m emotion.federated.simulation`: six simulated institutions against one with all data.

SIMULATED: the output is a property of the generator, not accuracy on people.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch

from emotion.evaluation.metrics.classification import accuracy, confusions, macro_f1
from emotion.federated.fedavg import Privacy, average, clip_step
from emotion.federated.local_training import (
    LABELS,
    LocalTrainer,
    build_network,
    make_initial_weights,
    simulate_institution,
)
from emotion.models.crossmodal.fit import logits
from emotion.training.example_table import ExampleTable, join_tables

INSTITUTIONS, PEOPLE, ROUNDS = 6, 20, 12
TESTED = 40
CLIP = 3.0
# Deviations of the noise in clips; the last gives a meaningful guarantee.
NOISES = (0.05, 1.0)
UNSEEN = 99


def train_together(
    schools: Sequence[LocalTrainer], privacy: Privacy, rounds: int, *, seed: int
) -> list[Any]:
    """Return the weights that institutions learn together, each keeping its Windows."""
    weights, rng = make_initial_weights(seed), np.random.default_rng(seed)
    for turn in range(rounds):
        steps = [clip_step(weights, s.train_round(weights, turn), privacy.clip) for s in schools]
        weights = average(weights, steps, privacy, rng=rng)
    return weights


def train_alone(school: LocalTrainer, rounds: int, *, seed: int) -> list[Any]:
    """Return the weights that one institution learns alone, by the same steps without clipping."""
    return train_together([school], Privacy(clip=math.inf), rounds, seed=seed)


def score(weights: Sequence[Any], test: ExampleTable) -> dict[str, float]:
    """Return accuracy and macro-F1 on held-out people."""
    said = logits(build_network(weights).eval(), test.batch).argmax(axis=1)
    counts = confusions(test.labels, said, test.people, len(LABELS)).sum(axis=0)
    return {
        "accuracy": round(float(accuracy(counts)), 4),
        "macro_f1": round(float(macro_f1(counts)), 4),
    }


def compare(
    institutions: int, people: int, rounds: int, noises: Sequence[float], *, seed: int
) -> list[Mapping[str, Any]]:
    """Return one row per way of learning, all measured on the same held-out people."""
    tables = [simulate_institution(number, people) for number in range(institutions)]
    test = simulate_institution(UNSEEN, TESTED)
    schools = [LocalTrainer(table, seed=seed + n) for n, table in enumerate(tables)]
    whole = LocalTrainer(join_tables(tables), seed=seed)
    rows: list[Mapping[str, Any]] = [
        {"way": "central", **score(train_alone(whole, rounds, seed=seed), test)}
    ]
    rows += [
        {"way": f"alone {n}", **score(train_alone(each, rounds, seed=seed), test)}
        for n, each in enumerate(schools)
    ]
    for noise in (0.0, *noises):
        privacy = Privacy(CLIP, noise)
        found = score(train_together(schools, privacy, rounds, seed=seed), test)
        epsilon = privacy.epsilon(rounds)
        told = None if math.isinf(epsilon) else round(epsilon, 2)
        rows.append({"way": "federated", "noise": noise, "epsilon": told, **found})
    return rows


def main() -> int:
    torch.set_num_threads(1)
    rows = compare(INSTITUTIONS, PEOPLE, ROUNDS, NOISES, seed=7)
    told = {"name": "federated", "protocol": "SIMULATED; unseen people", "rows": rows}
    sys.stdout.write(json.dumps(told, indent=1) + "\n")
    central, together = (
        next(row["macro_f1"] for row in rows if row["way"] == way)
        for way in ("central", "federated")
    )
    return 0 if together >= central - 0.02 else 1


if __name__ == "__main__":
    sys.exit(main())
