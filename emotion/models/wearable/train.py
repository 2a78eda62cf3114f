"""Arousal from wristbands, learned from real people under stress and at rest (Stress-Predict).

Everybody had the same tasks in the same order, so a clock is a rival: no column carries time, and
`emotion.evaluation.metrics.auc` gives the area that a clock cannot earn beside the plain one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emotion.calibration.temperature import abstain_below, fit_temperature
from emotion.datasets.corpora.stress_predict import Person
from emotion.datasets.snapshot import Snapshot
from emotion.evaluation.splits import refuse_shared_people
from emotion.features import wearable
from emotion.models.wearable.forest import Forest, grown
from emotion.models.wearable.predictor import Reader, columns, groups, row, sigmoid, standardised
from emotion.training import cross_validation
from emotion.training.recipe import WrongRecipe

Array = NDArray[np.float64]
Labels = NDArray[np.int64]
Say = Callable[[str], None]

# A snapshot's labels, by their number.
SAID = ("LOW_AROUSAL", "HIGH_AROUSAL")
# Each is left out in turn, and the others are parted once more.
LEAST = 4


@dataclass(frozen=True, slots=True)
class Recipe:
    """How Windows are cut and read; the numbers stand in `recipes/wearable.toml`.

    Attributes
    ----------
    opening_s, window_s, hop_s : float
        The calibration at a recording's start, whose Windows are neither trained on nor scored;
        length of a Window, and the time to the next.
    judged_s : float
        The end of a Window that is judged: its label is that of these seconds. Skin and heart
        answer late, so what was just before them helps to read them.
    strength : float
        Of the linear reader (scikit-learn's C).
    trees, leaf, look_at : int, int, float
        Of the forest: how many, fewest rows at a leaf, share of columns looked at for a split.
    inner : int
        Folds over people inside the training people, for temperature and threshold.
    coverage : float
        Share of the training people's Windows, read by those who did not train, to be answered.
    """

    opening_s: float
    window_s: float
    hop_s: float
    judged_s: float
    strength: float
    trees: int
    leaf: int
    look_at: float
    inner: int
    coverage: float
    seed: int


@dataclass(frozen=True, slots=True)
class Table:
    """N Windows after their people's openings.

    Attributes
    ----------
    rows : (N, D)
        Features as they are and from the opening: the predictor's `columns()`, NaN = unknown.
    labels, people : (N,)
        1 = under stress; number of the person.
    at_s : (N,)
        Start of the Window since the recording began. Never read by a model but the time-only one.
    tasks : (N,) str
    codes : tuple of str
        The people's own codes, by number.
    """

    rows: Array
    labels: Labels
    people: Labels
    at_s: Array
    tasks: NDArray[np.str_]
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Learned:
    """A reader, the confidence under which it abstains, and the training people's stress share."""

    reader: Reader
    threshold: float
    share: float

    def said(self, rows: Array) -> tuple[Array, NDArray[np.bool_]]:
        """Return P(stress) (N,) and which are answered (N,), as the Predictor does."""
        strange = self.reader.strange(rows)[:, self.reader.group]
        known = np.where(strange, np.nan, rows)
        proba = self.reader.proba(known)
        sure = np.maximum(proba, 1 - proba) >= self.threshold
        return proba, sure & ~np.isnan(known).all(axis=1)


def table(people: Iterable[Person], recipe: Recipe, *, say: Say) -> Table:
    """Return the Windows of `people`, one at a time; one whose judged end has no label is out."""
    found: list[tuple[Array, int, int, float, str]] = []
    codes: list[str] = []
    for number, person in enumerate(people):
        say(f"reading {person.code}")
        codes.append(person.code)
        found += [
            (values, label, number, at_s, task)
            for values, label, at_s, task in _windows(person, recipe)
        ]
    rows, labels, who, at_s, tasks = zip(*found, strict=True)
    return Table(
        rows=np.stack(rows),
        labels=np.array(labels, np.int64),
        people=np.array(who, np.int64),
        at_s=np.array(at_s),
        tasks=np.array(tasks),
        codes=tuple(codes),
    )


def of_snapshot(snapshot: Snapshot) -> Table:
    """Return the Windows of a snapshot that say whether arousal was high; others are left out.

    A Window's material stands for its task, and its opening for what is usual.
    """
    kept = [example for example in snapshot.examples if example.label in SAID]
    codes = sorted({example.person for example in kept})
    if len(codes) < LEAST:
        raise WrongRecipe(f"expected at least {LEAST} people who said {SAID}, got {len(codes)}")
    return Table(
        rows=np.stack([row(wearable.features(one.window), one.window.opening) for one in kept]),
        labels=np.array([SAID.index(str(one.label)) for one in kept], np.int64),
        people=np.array([codes.index(one.person) for one in kept], np.int64),
        at_s=np.array([one.t0 for one in kept]),
        tasks=np.array([one.material for one in kept]),
        codes=tuple(codes),
    )


def _windows(person: Person, recipe: Recipe) -> list[tuple[Array, int, float, str]]:
    usual = wearable.opening(person.recording.window(0.0, recipe.opening_s))
    cut = (recipe.opening_s, recipe.window_s, recipe.hop_s, recipe.judged_s)
    return [
        (row(wearable.features(window), usual), label, window.t0, task)
        for window, label, task in person.windows(*cut)
    ]


def learn(rows: Array, labels: Labels, people: Labels, group: Labels, recipe: Recipe) -> Learned:
    """Fit on all of these people; temperature and threshold on each fold's left-out ones."""
    scores = np.zeros(len(labels))
    for train, test in cross_validation.by_people(people, recipe.inner, recipe.seed):
        inner = fit(rows[train], labels[train], group, recipe)
        proba = inner.proba(rows[test])
        scores[test] = np.log(proba / (1 - proba))
    two = np.stack([np.zeros(len(scores)), scores], axis=1)  # (N, 2) logits
    heat = fit_temperature(two, labels)
    proba = sigmoid(scores / heat)
    least = abstain_below(np.stack([1 - proba, proba], axis=1), recipe.coverage)
    reader = replace(fit(rows, labels, group, recipe), temperature=heat)
    return Learned(reader, least, float(labels.mean()))


def fit(rows: Array, labels: Labels, group: Labels, recipe: Recipe) -> Reader:
    """Return a reader of temperature 1, its arrays rounded to the float32 an artefact keeps."""
    from sklearn.ensemble import ExtraTreesClassifier
    from sklearn.linear_model import LogisticRegression

    centre, scale = _standards(rows)
    lo, hi = _span(rows)
    known = standardised(rows, centre, scale)
    linear = LogisticRegression(C=recipe.strength, max_iter=500).fit(known, labels)
    forest = ExtraTreesClassifier(
        recipe.trees,
        min_samples_leaf=recipe.leaf,
        max_features=recipe.look_at,
        random_state=recipe.seed,
    ).fit(known.astype(np.float32), labels)
    weights = (linear.coef_[0], linear.intercept_)
    coefficients, intercept = (_single(weight) for weight in weights)
    trees: Forest = grown(forest.estimators_)
    return Reader(centre, scale, lo, hi, group, coefficients, float(intercept[0]), trees, 1.0)


def held_out(rows: Array, table: Table, group: Labels, recipe: Recipe) -> list[Learned]:
    """Return by person what everybody else taught; all tuning is inside the others."""
    return [without_one(n, rows, table, group, recipe) for n in range(len(table.codes))]


def without_one(number: int, rows: Array, table: Table, group: Labels, recipe: Recipe) -> Learned:
    """Return what everybody but that person taught."""
    others = table.people != number
    refuse_shared_people(table.people[others], table.people[~others])
    return learn(rows[others], table.labels[others], table.people[others], group, recipe)


def each(taught: Sequence[Learned], rows: Array, people: Labels) -> tuple[Array, Any, Array]:
    """Return P(stress), answered and the cut for balanced accuracy, (N,): each by its own."""
    proba, sure, cut = np.zeros(len(rows)), np.zeros(len(rows), np.bool_), np.zeros(len(rows))
    for number, learned in enumerate(taught):
        own = people == number
        proba[own], sure[own] = learned.said(rows[own])
        cut[own] = learned.share
    return proba, sure, cut


def views(table: Table) -> dict[str, tuple[Array, Labels]]:
    """Return the rows and their columns' Streams that each way of normalising reads.

    "raw": features as they are; "causal": these and their distance from the person's opening;
    "whole_session": standardised by the person's whole recording, which nobody has live.
    """
    plain = np.array(["_from_opening" not in name for name in columns()])
    raw = table.rows[:, plain]
    return {
        "raw": (raw, groups()[plain]),
        "causal": (table.rows, groups()),
        "whole_session": (_by_person(raw, table.people), groups()[plain]),
    }


def without(rows: Array, stream: str) -> Array:
    """Return causal rows (N, D) as if `stream` had not come."""
    out = groups() == wearable.STREAMS.index(stream)
    return np.where(out, np.nan, rows)


def _by_person(raw: Array, people: Labels) -> Array:
    found = np.empty_like(raw)
    for number in np.unique(people):
        own = people == number
        known = np.ma.masked_invalid(raw[own])
        centred = (known - known.mean(axis=0)) / np.ma.maximum(known.std(axis=0), 1e-6)
        found[own] = centred.filled(np.nan)
    return found


def _standards(rows: Array) -> tuple[Array, Array]:
    """Return each column's median and its quartiles' distance over a normal one's."""
    seen = np.where(np.isnan(rows).all(axis=0), 0.0, rows)
    low, centre, high = np.nanquantile(seen, [0.25, 0.5, 0.75], axis=0)
    scale = (high - low) / 1.349
    return _single(centre), _single(np.where(scale > 1e-6, scale, 1.0))


def _span(rows: Array) -> tuple[Array, Array]:
    seen = np.where(np.isnan(rows).all(axis=0), 0.0, rows)
    return _single(np.nanmin(seen, axis=0)), _single(np.nanmax(seen, axis=0))


def _single(values: Array) -> Array:
    """Return values that float32 holds exactly: what is measured is what is saved."""
    return np.asarray(values, np.float32).astype(np.float64)
