"""`python -m emotion.federated.simulation`: six simulated institutions against one that has it all.

SIMULATED: what is printed is a property of the generator, not accuracy on people.
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
from emotion.federated.fedavg import Privacy, averaged, clipped
from emotion.federated.local_training import School, built, fresh, played
from emotion.models.crossmodal.fit import logits
from emotion.models.crossmodal.train import LABELS
from emotion.training.example_table import Table, joined

INSTITUTIONS, PEOPLE, ROUNDS = 6, 20, 12
TESTED = 40
CLIP = 3.0
# Deviation of the noise in clips; the last is a promise worth the name.
NOISES = (0.05, 1.0)
UNSEEN = 99


def across(schools: Sequence[School], privacy: Privacy, rounds: int, *, seed: int) -> list[Any]:
    """Return the weights that institutions learn together, each keeping its Windows."""
    weights, rng = fresh(seed), np.random.default_rng(seed)
    for turn in range(rounds):
        steps = [clipped(weights, s.taught(weights, turn), privacy.clip) for s in schools]
        weights = averaged(weights, steps, privacy, rng=rng)
    return weights


def alone(school: School, rounds: int, *, seed: int) -> list[Any]:
    """Return the weights that one learns from its own Windows, by the same steps without a clip."""
    return across([school], Privacy(clip=math.inf), rounds, seed=seed)


def scored(weights: Sequence[Any], test: Table) -> dict[str, float]:
    """Return accuracy and macro-F1 on people whom nobody learned from."""
    said = logits(built(weights).eval(), test.batch).argmax(axis=1)
    counts = confusions(test.labels, said, test.people, len(LABELS)).sum(axis=0)
    return {
        "accuracy": round(float(accuracy(counts)), 4),
        "macro_f1": round(float(macro_f1(counts)), 4),
    }


def rehearse(
    institutions: int, people: int, rounds: int, noises: Sequence[float], *, seed: int
) -> list[Mapping[str, Any]]:
    """Return a row a way of learning, all measured on the same unseen people."""
    tables = [played(number, people) for number in range(institutions)]
    test = played(UNSEEN, TESTED)
    schools = [School(table, seed=seed + n) for n, table in enumerate(tables)]
    whole = School(joined(tables), seed=seed)
    rows: list[Mapping[str, Any]] = [
        {"way": "central", **scored(alone(whole, rounds, seed=seed), test)}
    ]
    rows += [
        {"way": f"alone {n}", **scored(alone(each, rounds, seed=seed), test)}
        for n, each in enumerate(schools)
    ]
    for noise in (0.0, *noises):
        privacy = Privacy(CLIP, noise)
        found = scored(across(schools, privacy, rounds, seed=seed), test)
        epsilon = privacy.epsilon(rounds)
        told = None if math.isinf(epsilon) else round(epsilon, 2)
        rows.append({"way": "federated", "noise": noise, "epsilon": told, **found})
    return rows


def main() -> int:
    torch.set_num_threads(1)
    rows = rehearse(INSTITUTIONS, PEOPLE, ROUNDS, NOISES, seed=7)
    told = {"name": "federated", "protocol": "SIMULATED; unseen people", "rows": rows}
    sys.stdout.write(json.dumps(told, indent=1) + "\n")
    central, together = (
        next(row["macro_f1"] for row in rows if row["way"] == way)
        for way in ("central", "federated")
    )
    return 0 if together >= central - 0.02 else 1


if __name__ == "__main__":
    sys.exit(main())
