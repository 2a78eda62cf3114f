"""Judgement of one table: people held out, a nested choice, a baseline, and shuffled labels."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from emotion.benchmarks.evidence.tables import Array, EvidenceTable, iterate_people
from emotion.evaluation.metrics.auc import auc, auc_gain, auc_score, pairs
from emotion.evaluation.splits import iterate_folds
from emotion.training.number_format import format_score, round_figure

OUTER: Final = 10
INNER: Final = 4
SHUFFLES: Final = 19
# Strengths of a logistic regression (scikit-learn's C), and a forest of trees.
STRENGTHS: Final = (0.001, 0.01, 0.1, 1.0)
TREES, LEAF = 100, 5
# Beyond this many deviations, one value should not dominate.
FARTHEST = 5.0
LEAST_PEOPLE: Final = 5

Row = dict[str, object]
Make = Callable[[], Any]


def judge(table: EvidenceTable, seed: int, shuffles: int = SHUFFLES) -> Row:
    """Return the figures of a stream for a state, with 95 % intervals over people.

    Parameters
    ----------
    table : EvidenceTable
    seed : int
        Of folds, forests, shuffles, and draws of people.
    shuffles : int
        How often labels are shuffled, for the permutation test of one linear model.
    """
    ours = predict_left_out(table.rows, table.labels, table.people, seed)
    base = predict_left_out(table.known, table.labels, table.people, seed)
    own, theirs = (pairs(table.labels, each, table.people) for each in (ours, base))
    shuffled, p = _test_by_shuffling(table, seed, shuffles) if shuffles else (None, None)
    return {
        "stream": table.stream,
        "state": table.state,
        "auc": format_score(auc_score(own, rng=np.random.default_rng(seed))),
        "known_by": table.known_by,
        "known_auc": format_score(auc_score(theirs, rng=np.random.default_rng(seed))),
        "gain": format_score(auc_gain(own, theirs, rng=np.random.default_rng(seed))),
        "shuffled_auc": shuffled,
        "p": p,
        "people": len(np.unique(table.people)),
        "observations": len(table.labels),
        "missing_people": table.missing_people,
        "missing_values": round_figure(table.missing_values),
    }


def _test_by_shuffling(table: EvidenceTable, seed: int, shuffles: int) -> tuple[float, float]:
    """Return a linear model's mean area on shuffled labels, and its p by permutation.

    Nothing is chosen here, so that shuffles cost little: labels and shuffles have one model.
    """
    make = _make_linear(STRENGTHS[1])

    def measure(labels: NDArray[np.int64]) -> float:
        proba = predict_left_out(table.rows, labels, table.people, seed, make)
        return auc(pairs(labels, proba, table.people))

    by_chance = [
        measure(shuffle_labels(table.labels, table.people, np.random.default_rng([seed, number])))
        for number in range(shuffles)
    ]
    real = measure(table.labels)
    at_least = sum(each >= real for each in by_chance)
    return round_figure(np.mean(by_chance)), round_figure((1 + at_least) / (1 + shuffles))


def predict_left_out(
    rows: Array,
    labels: NDArray[np.int64],
    people: NDArray[np.int64],
    seed: int,
    make: Make | None = None,
) -> Array:
    """Return P(state) (N,), each person's by models of other people, chosen without them.

    `make`: the model; None = chosen among the others in each turn.
    """
    found = np.full(len(labels), 0.5)
    count = min(OUTER, len(np.unique(people)))
    for train, test in iterate_folds(people, count, rng=np.random.default_rng(seed)):
        best = make or choose_model(rows[train], labels[train], people[train], seed)
        found[test] = _fit_and_predict(best, rows[train], labels[train], rows[test])
    return found


def choose_model(
    rows: Array, labels: NDArray[np.int64], people: NDArray[np.int64], seed: int
) -> Make:
    """Return the kind of model with the greatest area over left-out people among these."""
    candidates = list_models(seed)
    count = min(INNER, len(np.unique(people)))
    folds = list(iterate_folds(people, count, rng=np.random.default_rng(seed + 1)))
    areas = []
    for make in candidates:
        proba = np.full(len(labels), 0.5)
        for train, test in folds:
            proba[test] = _fit_and_predict(make, rows[train], labels[train], rows[test])
        areas.append(auc(pairs(labels, proba, people)))
    return candidates[int(np.argmax(np.nan_to_num(areas)))]


def list_models(seed: int) -> list[Make]:
    """Return the models that may be chosen: linear ones, and a forest.

    Both labels weigh alike. Otherwise people left out with more of one label get less of it, since
    their labels are missing among the others. Areas of small sets are then below .5.
    """
    from sklearn.ensemble import ExtraTreesClassifier

    forest = partial(
        ExtraTreesClassifier,
        TREES,
        min_samples_leaf=LEAF,
        max_features=0.3,
        class_weight="balanced",
        random_state=seed,
    )
    return [*map(_make_linear, STRENGTHS), forest]


def _make_linear(strength: float) -> Make:
    from sklearn.linear_model import LogisticRegression

    return partial(LogisticRegression, C=strength, class_weight="balanced", max_iter=300)


def _fit_and_predict(make: Make, train: Array, labels: NDArray[np.int64], test: Array) -> Array:
    """Return P(state) (M,) of `test`; one half if there is nothing to learn from.

    Not the training people's share: it differs between turns, against the labels left out.
    """
    if len(np.unique(labels)) < 2 or train.shape[1] == 0:
        return np.full(len(test), 0.5)
    centre, scale = _standards(train)
    model = make().fit(_standardise(train, centre, scale), labels)
    return np.asarray(model.predict_proba(_standardise(test, centre, scale))[:, 1])


def _standards(rows: Array) -> tuple[Array, Array]:
    known = np.ma.masked_invalid(rows)
    spread = known.std(axis=0).filled(1.0)
    return known.mean(axis=0).filled(0.0), np.where(spread > 1e-9, spread, 1.0)


def _standardise(rows: Array, centre: Array, scale: Array) -> Array:
    found = np.nan_to_num((rows - centre) / scale, nan=0.0)
    return np.asarray(np.clip(found, -FARTHEST, FARTHEST))


def shuffle_labels(
    labels: NDArray[np.int64], people: NDArray[np.int64], rng: np.random.Generator
) -> NDArray[np.int64]:
    """Return labels shuffled within each person, or between people if each has only one."""
    found = labels.copy()
    alone = all(len(np.unique(labels[at])) == 1 for _, at in iterate_people(people))
    if alone:
        people_of, which = np.unique(people, return_inverse=True)
        each = np.array([labels[people == person][0] for person in people_of])
        return np.asarray(rng.permutation(each)[which])
    for _, at in iterate_people(people):
        found[at] = rng.permutation(labels[at])
    return found
