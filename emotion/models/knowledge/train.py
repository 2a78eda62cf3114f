"""Training of a site's own knowledge model on its answers, with figures on held-out people."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from emotion.artefacts import UNPROMOTED
from emotion.benchmarks._kt_rows import FOLDS, GRID, make_rows, trace
from emotion.knowledge.logs.response_log import ResponseLog
from emotion.knowledge.tracers.hybrid import HybridTracer
from emotion.knowledge.tracers.hybrid_inference import pack
from emotion.knowledge.tracers.logistic_regression import best_c

RECIPE: Final = 1
LIMITS: Final = (
    "Learned from the first answer of each learner to each question of this site alone.",
    "A question that nobody answered yet is taken to be as hard as its skills.",
)


def train(
    log: ResponseLog, *, origin: str, day: str, seed: int
) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Return card and weights of a model trained on all learners of a log.

    Parameters
    ----------
    log
        Each learner's first answer to each question, oldest first.
    origin : str
        ``people``, or ``simulated`` if some or all learners are.
    day : str
        Of the training, as stated in the card.
    seed : int
        Of folds, fits and draws.

    Returns
    -------
    tuple
        The card, and the weights. If its area on held-out learners is below that of the ratings
        alone, the card states why it must not be promoted.
    """
    with threadpool_limits(1):
        judged = [trace(name, log, None, seed) for name in ("hybrid", "elo")]
        c = best_c(HybridTracer(random_state=seed), log, GRID, rng=np.random.default_rng(seed + 1))
        model = HybridTracer(C=c, random_state=seed).fit(log)
    hybrid, elo = make_rows(judged, seed)
    return _card(log, hybrid, elo, origin, day, seed), pack(model)


def _card(
    log: ResponseLog,
    hybrid: Mapping[str, Any],
    elo: Mapping[str, Any],
    origin: str,
    day: str,
    seed: int,
) -> dict[str, Any]:
    people = len(np.unique(log.users))
    told: dict[str, Any] = {
        "name": "knowledge",
        "title": "model of what comes right next, learned from the answers on this site",
        "kind": "knowledge",
        "origin": origin,
        "streams": {},
        "never_seen": [],
        "labels": ["RIGHT"],
        "window_s": 0.0,
        "hop_s": 0.0,
        "temperature": 1.0,
        "threshold": 0.0,
        "network": {"form": "Best-LR and Elo states in a line and in trees", "C": hybrid["C"]},
        "protocol": (
            f"{FOLDS} folds by learner, C by inner folds; [value, 95 % interval over learners]; "
            "elo: ratings alone, same folds"
        ),
        "figures": {
            "auc": hybrid["auc"],
            "ece": hybrid["ece"],
            "elo_auc": elo["auc"],
            "gain_over_elo": elo["hybrid_gain"],
            "people": people,
            "answers": len(log),
        },
        "data": f"answers on this site as of {day}, {people} learners, sha256 {_digest(log)}",
        "seed": seed,
        "code": f"recipe {RECIPE}",
        "limits": list(LIMITS),
    }
    if hybrid["auc"][0] < elo["auc"][0]:
        told[UNPROMOTED] = (
            f"area {hybrid['auc'][0]:.3f} on learners it had not met; the ratings alone reach "
            f"{elo['auc'][0]:.3f}"
        )
    return told


def _digest(log: ResponseLog) -> str:
    parts = (log.users, log.items, log.correct, log.skills.indices, log.skills.indptr)
    return sha256(b"".join(np.asarray(part, np.int64).tobytes() for part in parts)).hexdigest()
