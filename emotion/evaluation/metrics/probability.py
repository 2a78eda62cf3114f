"""Scores of probabilities: AUROC, AUPRC, Brier, ECE, each with an interval over people."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from emotion.calibration.temperature import BINS
from emotion.evaluation.metrics.classification import Score, draw_people, score

Array = NDArray[np.float64]
Codes = NDArray[np.int64]
Curve = Callable[[Array, Array], float]

# Ranking every row again for each draw is slow.
DRAWS = 300


def auroc(hits: Array, misses: Array) -> float:
    """Return the probability that a row of the class ranks above another row; ties count half.

    Parameters
    ----------
    hits, misses : (G,)
        Weight of the rows of the class, and of the others, by score, from the largest down.
    """
    total = hits.sum() * misses.sum()
    above = np.cumsum(hits) - hits / 2
    return float((misses * above).sum() / total) if total else 0.5


def auprc(hits: Array, misses: Array) -> float:
    """Return the average precision: the sum over scores of precision times gain in recall."""
    found = np.cumsum(hits)
    seen = found + np.cumsum(misses)
    precision = found / np.where(seen > 0, seen, 1)
    return float((precision * hits).sum() / hits.sum()) if hits.sum() else 0.0


def score_ranking(
    curve: Curve,
    proba: Array,
    labels: Codes,
    people: Codes,
    *,
    rng: np.random.Generator,
    draws: int = DRAWS,
) -> tuple[Score, list[Score]]:
    """Return the mean over classes of one-versus-rest figures, and each class's own.

    Parameters
    ----------
    curve : `auroc` or `auprc`
    proba : (N, K)
    """
    _, who = np.unique(people, return_inverse=True)
    weights = draw_people(int(who.max()) + 1, draws, rng)
    rows = np.concatenate([np.ones((1, len(labels))), weights[:, who]])  # the first: as it is
    each = np.stack(
        [_score_class(curve, proba[:, k], labels == k, rows) for k in range(proba.shape[1])]
    )  # (K, 1 + draws)
    return _interval(each.mean(axis=0)), [_interval(row) for row in each]


def ranking_gain(
    curve: Curve,
    ours: Array,
    theirs: Array,
    labels: Codes,
    people: Codes,
    *,
    rng: np.random.Generator,
    draws: int = DRAWS,
) -> list[Score]:
    """Return each class's figure of `ours` (N, K) minus that of `theirs`, with the same draws."""
    _, who = np.unique(people, return_inverse=True)
    weights = draw_people(int(who.max()) + 1, draws, rng)
    rows = np.concatenate([np.ones((1, len(labels))), weights[:, who]])
    return [
        _interval(
            _score_class(curve, ours[:, k], labels == k, rows)
            - _score_class(curve, theirs[:, k], labels == k, rows)
        )
        for k in range(ours.shape[1])
    ]


def brier(proba: Array, labels: Codes, people: Codes, *, rng: np.random.Generator) -> Score:
    """Return the mean over rows of the squared distance from the truth, 0 to 2 (Brier 1950)."""
    truth = np.eye(proba.shape[1])[labels]
    sums = _sum_by_person(((proba - truth) ** 2).sum(axis=1)[:, None], people)  # (P, 2)
    return score(lambda c: np.asarray(c[..., 0] / np.maximum(c[..., 1], 1)), sums, rng=rng)


def expected_calibration_error(
    proba: Array, labels: Codes, people: Codes, *, rng: np.random.Generator
) -> Score:
    """Return `emotion.calibration.temperature.calibration_error` with an interval over people."""
    confidence = proba.max(axis=1)
    place = np.minimum((confidence * BINS).astype(np.int64), BINS - 1)
    gaps = np.zeros((len(labels), BINS))
    gaps[np.arange(len(labels)), place] = confidence - (proba.argmax(axis=1) == labels)
    return score(
        lambda c: np.asarray(np.abs(c[..., :-1]).sum(axis=-1) / np.maximum(c[..., -1], 1)),
        _sum_by_person(gaps, people),
        rng=rng,
    )


def log_loss_gain(
    ours: Array, base: Array, labels: Codes, people: Codes, *, rng: np.random.Generator
) -> Score:
    """Return by how much the mean log loss of `ours` (N, K) is below the base's, paired."""
    at = np.arange(len(labels)), labels
    less = np.log(np.maximum(ours[at], 1e-12)) - np.log(np.maximum(base[at], 1e-12))
    sums = _sum_by_person(less[:, None], people)  # (P, 2)
    return score(lambda c: np.asarray(c[..., 0] / np.maximum(c[..., 1], 1)), sums, rng=rng)


def auroc_of_draws(scores: Array, inside: NDArray[np.bool_], people: Codes, drawn: Array) -> Array:
    """Return (D,): the area for each draw of people, for logs too long for `score_ranking`.

    Parameters
    ----------
    scores, inside, people : (N,)
    drawn : (D, P)
        How often each person is drawn, as in `draw_people`; people in the order of their codes.
    """
    _, place = np.unique(-scores, return_inverse=True)  # 0 = largest score
    _, who = np.unique(people, return_inverse=True)
    groups, sides = int(place.max()) + 1, (np.flatnonzero(inside), np.flatnonzero(~inside))
    return np.array(
        [
            auroc(*(np.bincount(place[s], weights[who[s]], groups).astype(float) for s in sides))
            for weights in drawn
        ]
    )


def event_calibration_error(
    chance: Array, inside: NDArray[np.bool_], people: Codes, *, rng: np.random.Generator
) -> Score:
    """Return the expected calibration error of one event's probability, binned from 0 to 1.

    Unlike in `expected_calibration_error`, errors of small and large probabilities cannot cancel.
    """
    place = np.minimum((chance * BINS).astype(np.int64), BINS - 1)
    gaps = np.zeros((len(chance), BINS))
    gaps[np.arange(len(chance)), place] = chance - inside
    return score(
        lambda c: np.asarray(np.abs(c[..., :-1]).sum(axis=-1) / np.maximum(c[..., -1], 1)),
        _sum_by_person(gaps, people),
        rng=rng,
    )


def reliability(proba: Array, labels: Codes) -> list[tuple[float, float, int]]:
    """Return (mean confidence, accuracy, rows) of each of the 15 bins that is not empty."""
    confidence, right = proba.max(axis=1), proba.argmax(axis=1) == labels
    place = np.minimum((confidence * BINS).astype(np.int64), BINS - 1)
    return [
        (float(confidence[b].mean()), float(right[b].mean()), int(b.sum()))
        for b in (place == k for k in range(BINS))
        if b.any()
    ]


def _sum_by_person(values: Array, people: Codes) -> Array:
    """Return (P, C + 1): sums of values (N, C) over each person's rows, and their number."""
    _, who = np.unique(people, return_inverse=True)
    sums = np.zeros((int(who.max()) + 1, values.shape[1] + 1))
    np.add.at(sums, who, np.concatenate([values, np.ones((len(values), 1))], axis=1))
    return sums


def _score_class(curve: Curve, scores: Array, inside: NDArray[np.bool_], weights: Array) -> Array:
    """Return (D,): the figure for each row of weights (D, N)."""
    _, place = np.unique(-scores, return_inverse=True)  # 0 = largest score
    groups = int(place.max()) + 1
    found = []
    for drawn in weights:
        parts = [
            np.bincount(place[side], weights=drawn[side], minlength=groups).astype(np.float64)
            for side in (inside, ~inside)
        ]
        found.append(curve(*parts))
    return np.array(found)


def _interval(values: Array) -> Score:
    lo, hi = np.quantile(values[1:], [0.025, 0.975])
    return Score(float(values[0]), float(lo), float(hi))
