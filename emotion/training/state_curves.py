"""What a card says about each state: confusions, calibration, ROC and areas, on held-out people.

A state, or a group of estimates, of fewer than `LEAST_PEOPLE` people has no figures: they would be
about these people rather than about the model. Where that is one state or group alone, the next
smallest has none either, since the totals would tell what is missing. Intervals are over people.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emotion.evaluation.metrics.classification import confusions, draw_people
from emotion.evaluation.metrics.probability import auroc, ranking_gain, score_ranking
from emotion.training.number_format import format_score, round_figure

LEAST_PEOPLE = 5
# Too few Windows in a bin for a meaningful accuracy.
LEAST_IN_BIN = 10
BINS = 10
DRAWS = 1000
# The two states of a level.
LEVEL_NAMES = ("LOW", "HIGH")
# Of a ROC curve, the same on every card, and too few to reveal a single Window.
THRESHOLDS = np.linspace(0.0, 1.0, 21)

Array = NDArray[np.float64]
Codes = NDArray[np.int64]
Figures = dict[str, Any]


def measure_curves(
    proba: Array,
    labels: Codes,
    people: Codes,
    names: Sequence[str],
    seed: int,
    *,
    guess: Codes | None = None,
    prefix: str = "",
) -> Figures:
    """Return `confusion`, `roc` and `calibration` of probabilities (N, K), with `prefix`.

    Parameters
    ----------
    names : K names of the states
    guess : (N,)
        The answers, where they are not the most probable state.
    """
    answers = proba.argmax(axis=1) if guess is None else guess
    return {
        f"{prefix}confusion": count_confusions(labels, answers, people, len(names)),
        f"{prefix}roc": trace_roc(proba, labels, people, names),
        f"{prefix}calibration": bin_calibration(proba, labels, people, seed, guess=answers),
    }


def measure_areas(
    proba: Mapping[str, Array], labels: Codes, people: Codes, names: Sequence[str], seed: int
) -> Figures:
    """Return `auc_<state>` of each prediction, by its prefix, one state against the rest."""
    enough = find_shown_states(labels, people, len(names))
    found: Figures = {}
    for prefix, chance in proba.items():
        rng = np.random.default_rng(seed)
        _, each = score_ranking(auroc, chance, labels, people, rng=rng)
        for name, figure, shown in zip(names, each, enough, strict=True):
            if shown:
                found[f"{prefix}auc_{name.lower()}"] = format_score(figure)
    return found


def compare_with_video(
    proba: Array,
    labels: Codes,
    people: Codes,
    videos: Codes,
    names: Sequence[str],
    seed: int,
) -> Figures:
    """Return `video_auc_<state>` of knowing the video alone, and `gain_over_video_<state>`."""
    theirs = predict_by_video(labels, people, videos, len(names))
    found = measure_areas({"video_": theirs}, labels, people, names, seed)
    gains = ranking_gain(auroc, proba, theirs, labels, people, rng=np.random.default_rng(seed))
    enough = find_shown_states(labels, people, len(names))
    for name, gain, shown in zip(names, gains, enough, strict=True):
        if shown:
            found[f"gain_over_video_{name.lower()}"] = format_score(gain)
    return found


def predict_by_video(labels: Codes, people: Codes, videos: Codes, classes: int) -> Array:
    """Return (N, K): how often the other people were in each state in the same video.

    One row of the other people's shares is mixed in; it alone counts where no one else saw a video.
    """
    _, who = np.unique(people, return_inverse=True)
    _, video = np.unique(videos, return_inverse=True)
    counts = np.zeros((int(who.max()) + 1, int(video.max()) + 1, classes))
    np.add.at(counts, (who, video, labels), 1.0)
    others = counts.sum(axis=0)[None] - counts  # (P, V, K)
    usual = others.sum(axis=1, keepdims=True) + 1.0
    mixed = others + usual / usual.sum(axis=-1, keepdims=True)
    shares = mixed / mixed.sum(axis=-1, keepdims=True)
    return np.asarray(shares[who, video])


def count_confusions(labels: Codes, guess: Codes, people: Codes, classes: int) -> Figures:
    """Return `counts` (K, K), rows = truth, and the number of `people` of each true state.

    Both are None for a state that `find_shown_states` leaves out.
    """
    each = confusions(labels, guess, people, classes)
    number = (each.sum(axis=2) > 0).sum(axis=0)  # (K,)
    enough = find_shown_states(labels, people, classes)
    counts = each.sum(axis=0).astype(int)
    return {
        "counts": [
            row.tolist() if shown else None for row, shown in zip(counts, enough, strict=True)
        ],
        "people": [int(n) if shown else None for n, shown in zip(number, enough, strict=True)],
    }


def trace_roc(
    proba: Array, labels: Codes, people: Codes, names: Sequence[str]
) -> dict[str, list[list[float]]]:
    """Return [threshold, false and true positive rate] of each state at the `THRESHOLDS`."""
    enough = find_shown_states(labels, people, len(names))
    found = {}
    for code, name in enumerate(names):
        inside = labels == code
        if enough[code] and not inside.all():
            above = proba[:, code][:, None] >= THRESHOLDS  # (N, T)
            rates = zip(
                THRESHOLDS, above[~inside].mean(axis=0), above[inside].mean(axis=0), strict=True
            )
            found[name] = [[round_figure(value) for value in point] for point in rates]
    return found


def bin_calibration(
    proba: Array, labels: Codes, people: Codes, seed: int, *, guess: Codes | None = None
) -> list[list[float]]:
    """Return [confidence, accuracy, Windows, low, high, people] of each bin that may be shown."""
    answers = proba.argmax(axis=1) if guess is None else guess
    sure = proba[np.arange(len(labels)), answers]
    right = (answers == labels).astype(np.float64)
    place = np.minimum((sure * BINS).astype(np.int64), BINS - 1)
    shown = _show_groups(place, people, BINS) & (np.bincount(place, minlength=BINS) >= LEAST_IN_BIN)
    found = []
    for inside in (place == at for at in np.flatnonzero(shown)):
        number = len(np.unique(people[inside]))
        figures = map(round_figure, (sure[inside].mean(), right[inside].mean()))
        ends = map(round_figure, _share_interval(right[inside], people[inside], seed))
        found.append([*figures, int(inside.sum()), *ends, number])
    return found


def find_shown_states(labels: Codes, people: Codes, classes: int) -> list[bool]:
    """Return whether each state has figures: it has enough people, and so has another."""
    return [bool(each) for each in _show_groups(labels, people, classes)]


def count_real(people: Codes, simulated: frozenset[int]) -> Figures:
    """Return how many are real, among simulated ones; nothing where all are of one kind."""
    everyone = frozenset(int(each) for each in np.unique(people))
    real = len(everyone - simulated)
    return {"real_people": real} if 0 < real < len(everyone) else {}


def _show_groups(groups: Codes, people: Codes, count: int) -> NDArray[np.bool_]:
    """Return (count,): whether a group has enough people, and is not the second to leave out."""
    number = np.array([len(np.unique(people[groups == at])) for at in range(count)])
    shown = number >= LEAST_PEOPLE
    if ((number > 0) & ~shown).sum() == 1 and shown.any():
        shown[np.argmin(np.where(shown, number, np.inf))] = False
    return shown


def _share_interval(right: Array, people: Codes, seed: int) -> tuple[float, float]:
    _, who = np.unique(people, return_inverse=True)
    drawn = draw_people(int(who.max()) + 1, DRAWS, np.random.default_rng(seed))
    hits, count = drawn @ np.bincount(who, right), drawn @ np.bincount(who)
    low, high = np.quantile(hits / count, [0.025, 0.975])
    return float(low), float(high)
