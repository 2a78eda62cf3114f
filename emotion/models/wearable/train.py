"""Training of arousal from wristbands on real people under stress and at rest (Stress-Predict).

Everybody had the same tasks in the same order, so a clock alone would predict well. No column has
time, and `emotion.evaluation.metrics.auc` also gives the time-matched area, where a clock does not
help.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emotion.calibration.temperature import abstain_below, fit_temperature
from emotion.datasets.corpora.stress_predict import StressPredictPerson
from emotion.datasets.snapshot import Example, Snapshot
from emotion.evaluation.splits import refuse_shared_people
from emotion.features import wearable
from emotion.models.wearable.forest import Forest, convert_trees
from emotion.models.wearable.predictor import (
    SUFFIXES,
    WearableModel,
    columns,
    groups,
    make_row,
    sigmoid,
    standardise,
)
from emotion.training import cross_validation
from emotion.training.recipe import WrongRecipe

Array = NDArray[np.float64]
Labels = NDArray[np.int64]
Say = Callable[[str], None]

# A snapshot's labels, by number.
SNAPSHOT_LABELS = ("LOW_AROUSAL", "HIGH_AROUSAL")
# Each is left out in turn, and the others are split once more.
LEAST = 4


@dataclass(frozen=True, slots=True)
class WearableRecipe:
    """How Windows are cut and models fitted; the values are in `wearable.toml`.

    Attributes
    ----------
    opening_s, window_s, hop_s : float
        The calibration at a recording's start, whose Windows are neither trained on nor scored;
        length of a Window, and the time to the next.
    reach_s : float
        How long before a Window's end the minutes begin that it is compared with.
    judged_s : float
        The end of a Window that is labelled. Skin and heart respond late, so the time just before
        helps.
    strength : float
        Of the linear model (scikit-learn's C).
    trees, leaf, look_at : int, int, float
        Of the forest: number of trees, fewest rows at a leaf, share of columns tried for a split.
    inner : int
        Folds over people inside the training people, for temperature and threshold.
    coverage : float
        Share of the training people's Windows to be answered, in cross-validation.
    """

    opening_s: float
    window_s: float
    hop_s: float
    reach_s: float
    judged_s: float
    strength: float
    trees: int
    leaf: int
    look_at: float
    inner: int
    coverage: float
    seed: int


@dataclass(frozen=True, slots=True)
class WearableTable:
    """N Windows after their people's openings.

    Attributes
    ----------
    rows : (N, D)
        The predictor's `columns()`, NaN = unknown.
    labels, people : (N,)
        1 = under stress; number of the person.
    at_s : (N,)
        Start of the Window since the recording began. Read only by the time-only baseline.
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
class TrainedWearable:
    """A model, its abstention threshold, and the training people's share of stress."""

    reader: WearableModel
    threshold: float
    share: float

    def predict(self, rows: Array) -> tuple[Array, NDArray[np.bool_]]:
        """Return P(stress) (N,) and which are answered (N,), as the Predictor does."""
        strange = self.reader.find_unfamiliar(rows)[:, self.reader.group]
        known = np.where(strange, np.nan, rows)
        proba = self.reader.proba(known)
        sure = np.maximum(proba, 1 - proba) >= self.threshold
        return proba, sure & ~np.isnan(known).all(axis=1)


def make_table(
    people: Iterable[StressPredictPerson], recipe: WearableRecipe, *, say: Say
) -> WearableTable:
    """Return the Windows of `people`; those without a label at the end are left out."""
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
    return WearableTable(
        rows=np.stack(rows),
        labels=np.array(labels, np.int64),
        people=np.array(who, np.int64),
        at_s=np.array(at_s),
        tasks=np.array(tasks),
        codes=tuple(codes),
    )


def read_snapshot(snapshot: Snapshot, recipe: WearableRecipe) -> WearableTable:
    """Return the Windows of a snapshot with an arousal label; others are only what came before.

    A Window's material replaces its task, and its opening the baseline.
    """
    kept = [example for example in snapshot.examples if example.label in SNAPSHOT_LABELS]
    codes = sorted({example.person for example in kept})
    if len(codes) < LEAST:
        raise WrongRecipe(
            f"expected at least {LEAST} people who said {SNAPSHOT_LABELS}, got {len(codes)}"
        )
    return WearableTable(
        rows=_make_snapshot_rows(snapshot, kept, recipe),
        labels=np.array([SNAPSHOT_LABELS.index(str(one.label)) for one in kept], np.int64),
        people=np.array([codes.index(one.person) for one in kept], np.int64),
        at_s=np.array([one.t0 for one in kept]),
        tasks=np.array([one.material for one in kept]),
        codes=tuple(codes),
    )


def _make_snapshot_rows(
    snapshot: Snapshot, kept: Sequence[Example], recipe: WearableRecipe
) -> Array:
    """Return (N, D); what came before a Window is known if the snapshot has those Windows."""
    windows = {_get_place(one): one.window for one in snapshot.examples}

    @cache
    def read(person: str, sitting: int, t0: float) -> wearable.Features:
        found = windows.get((person, sitting, t0))
        return {} if found is None else wearable.features(found)

    rows = []
    for one in kept:
        person, sitting, t0 = _get_place(one)
        before = _join_recent(t0, recipe, partial(read, person, sitting))
        rows.append(make_row(read(person, sitting, t0), one.window.opening, before))
    return np.stack(rows)


def _get_place(example: Example) -> tuple[str, int, float]:
    return example.person, example.sitting, float(example.t0)


def _windows(
    person: StressPredictPerson, recipe: WearableRecipe
) -> list[tuple[Array, int, float, str]]:
    usual = wearable.opening(person.recording.window(0.0, recipe.opening_s))

    @cache
    def read(t0: float) -> wearable.Features:
        return wearable.features(person.recording.window(t0, t0 + recipe.window_s))

    cut = (recipe.opening_s, recipe.window_s, recipe.hop_s, recipe.judged_s)
    return [
        (
            make_row(read(window.t0), usual, _join_recent(window.t0, recipe, read)),
            label,
            window.t0,
            task,
        )
        for window, label, task in person.windows(*cut)
    ]


def _join_recent(
    t0: float, recipe: WearableRecipe, read: Callable[[float], wearable.Features]
) -> wearable.Features:
    """Return the features of the minutes before a Window, as the Predictor has them live."""
    first = t0 + recipe.window_s - recipe.reach_s
    return wearable.join_cuts([read(start) for start in wearable.list_recent_starts(t0, first)])


def learn(
    rows: Array, labels: Labels, people: Labels, group: Labels, recipe: WearableRecipe
) -> TrainedWearable:
    """Fit on all of these people; temperature and threshold on each fold's left-out ones."""
    scores = np.zeros(len(labels))
    for train, test in cross_validation.split_people(people, recipe.inner, recipe.seed):
        inner = fit(rows[train], labels[train], group, recipe)
        proba = inner.proba(rows[test])
        scores[test] = np.log(proba / (1 - proba))
    two = np.stack([np.zeros(len(scores)), scores], axis=1)  # (N, 2) logits
    heat = fit_temperature(two, labels)
    proba = sigmoid(scores / heat)
    least = abstain_below(np.stack([1 - proba, proba], axis=1), recipe.coverage)
    reader = replace(fit(rows, labels, group, recipe), temperature=heat)
    return TrainedWearable(reader, least, float(labels.mean()))


def fit(rows: Array, labels: Labels, group: Labels, recipe: WearableRecipe) -> WearableModel:
    """Return a model of temperature 1, its arrays rounded to an artefact's float32."""
    from sklearn.ensemble import ExtraTreesClassifier
    from sklearn.linear_model import LogisticRegression

    centre, scale = _standards(rows)
    lo, hi = _range(rows)
    known = standardise(rows, centre, scale)
    linear = LogisticRegression(C=recipe.strength, max_iter=500).fit(known, labels)
    forest = ExtraTreesClassifier(
        recipe.trees,
        min_samples_leaf=recipe.leaf,
        max_features=recipe.look_at,
        random_state=recipe.seed,
    ).fit(known.astype(np.float32), labels)
    weights = (linear.coef_[0], linear.intercept_)
    coefficients, intercept = (_round_to_float32(weight) for weight in weights)
    trees: Forest = convert_trees(forest.estimators_)
    return WearableModel(
        centre, scale, lo, hi, group, coefficients, float(intercept[0]), trees, 1.0
    )


def fit_held_out(
    rows: Array, table: WearableTable, group: Labels, recipe: WearableRecipe
) -> list[TrainedWearable]:
    """Return by person the model of all others; all tuning is inside the others."""
    return [fit_without(n, rows, table, group, recipe) for n in range(len(table.codes))]


def fit_without(
    number: int, rows: Array, table: WearableTable, group: Labels, recipe: WearableRecipe
) -> TrainedWearable:
    """Return the model of everybody but that person."""
    others = table.people != number
    refuse_shared_people(table.people[others], table.people[~others])
    return learn(rows[others], table.labels[others], table.people[others], group, recipe)


def predict_each(
    taught: Sequence[TrainedWearable], rows: Array, people: Labels
) -> tuple[Array, Any, Array]:
    """Return P(stress), answered and the threshold for balanced accuracy, (N,): each by its own
    model.
    """
    proba, sure, cut = np.zeros(len(rows)), np.zeros(len(rows), np.bool_), np.zeros(len(rows))
    for number, learned in enumerate(taught):
        own = people == number
        proba[own], sure[own] = learned.predict(rows[own])
        cut[own] = learned.share
    return proba, sure, cut


def make_views(table: WearableTable) -> dict[str, tuple[Array, Labels]]:
    """Return the rows, and their columns' Streams, for each kind of normalisation.

    "raw": features themselves; "causal": these, and their differences from the person's opening
    and from the minutes before; "whole_session": standardised by the person's whole recording,
    which is unavailable live.
    """
    plain = np.array([not name.endswith(SUFFIXES[1:]) for name in columns()])
    raw = table.rows[:, plain]
    return {
        "raw": (raw, groups()[plain]),
        "causal": (table.rows, groups()),
        "whole_session": (_by_person(raw, table.people), groups()[plain]),
    }


def hide_stream(rows: Array, stream: str) -> Array:
    """Return causal rows (N, D) with `stream` missing."""
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
    """Return each column's median, and its interquartile range over a normal distribution's."""
    seen = np.where(np.isnan(rows).all(axis=0), 0.0, rows)
    low, centre, high = np.nanquantile(seen, [0.25, 0.5, 0.75], axis=0)
    scale = (high - low) / 1.349
    return _round_to_float32(centre), _round_to_float32(np.where(scale > 1e-6, scale, 1.0))


def _range(rows: Array) -> tuple[Array, Array]:
    """Return each column's least and greatest value; of a column never seen, any value is usual."""
    seen = np.asarray(~np.isnan(rows).all(axis=0))
    low, high = np.full(len(seen), -np.inf), np.full(len(seen), np.inf)
    low[seen] = np.nanmin(rows[:, seen], axis=0)
    high[seen] = np.nanmax(rows[:, seen], axis=0)
    return _round_to_float32(low), _round_to_float32(high)


def _round_to_float32(values: Array) -> Array:
    """Return values that float32 holds exactly, so that what is measured is what is saved."""
    return np.asarray(values, np.float32).astype(np.float64)
