"""Fixations and saccades against labels by people, at the tracker's rate and at lower ones.

Reads GazeCom (Dorr et al. 2010, labels of Startsev et al. 2019) as tables of `X_coord`, `Y_coord`
(shares of the screen), `Confidence`, `Pattern` (F fixation, S saccade, P pursuit, B none), one a
recording, 250 rows a second.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from emotion.benchmarks import CannotMeasure
from emotion.signals.eye_movements import detect_eye_movements, find_runs

Array = NDArray[np.float64]

COLUMNS = ("X_coord", "Y_coord", "Confidence", "Pattern")
RATE_HZ = 250.0
SCREEN_DEG = (48.0, 27.0)
RATES_HZ = (250.0, 62.5, 31.25, 10.0)


@dataclass(frozen=True, slots=True)
class LabelledEyes:
    """One recording: angles (N, 2) in deg, NaN where lost, and a letter for each row (N,)."""

    angles: Array
    labels: NDArray[np.str_]

    def take_every(self, rate_hz: float) -> LabelledEyes:
        """Return the rows of a slower tracker."""
        count = int(len(self.labels) * rate_hz / RATE_HZ)
        at = np.floor(np.arange(count) * RATE_HZ / rate_hz).astype(np.int64)
        return LabelledEyes(self.angles[at], self.labels[at])


def compare_eyes(folder: Path) -> Iterator[Mapping[str, object]]:
    """Yield agreement with the labels at each rate.

    Slow eyes are fixations and pursuit together: at 10 Hz they look the same.
    """
    recordings = [_read_table(path) for path in sorted(folder.rglob("*.csv"))]
    if not recordings:
        raise CannotMeasure(f"{folder}: expected tables of labelled gaze (*.csv) in it")
    seconds = sum(len(each.labels) for each in recordings) / RATE_HZ
    for rate_hz in RATES_HZ:
        found = np.array([_compare(each, rate_hz) for each in recordings])  # (R, 7)
        kappa, fixations, saccades = (float(np.nanmean(found[:, n])) for n in range(3))
        yield {
            "task": "fixations and saccades vs labels",
            "data": f"labelled eyes, {len(recordings)} recordings, {seconds:.1f} s",
            "rate_hz": rate_hz,
            "kappa_of_rows": kappa,
            "fixation_f1": fixations,
            "saccade_f1": saccades,
            "fixations_per_s": [float(value) for value in found[:, 3:5].mean(axis=0)],
            "fixation_s": [float(value) for value in np.nanmean(found[:, 5:7], axis=0)],
        }


def _read_table(path: Path) -> LabelledEyes:
    with path.open(encoding="utf-8", newline="") as lines:
        head, *rows = csv.reader(lines, delimiter="\t")
    if tuple(head) != COLUMNS:
        raise CannotMeasure(f"{path}: expected the columns {COLUMNS}, got {head}")
    numbers = np.array([row[:3] for row in rows], np.float64)
    angles = numbers[:, :2] * SCREEN_DEG
    angles[numbers[:, 2] <= 0] = np.nan
    return LabelledEyes(angles, np.array([row[3] for row in rows]))


def _compare(recording: LabelledEyes, rate_hz: float) -> Sequence[float]:
    """Return kappa, F1 of both events, then found and labelled: fixations a second, seconds."""
    seen = recording.take_every(rate_hz)
    times = np.arange(len(seen.labels)) / rate_hz
    moves = detect_eye_movements(times, seen.angles, 1 / rate_hz)
    fixations = times[moves.fixations] + np.array([0.0, 1 / rate_hz])
    slow = np.isin(recording.labels, ["F", "P"])
    truth = _list_spans(slow)
    lasting = len(recording.labels) / RATE_HZ
    return (
        _measure_kappa(seen, moves.fixations),
        measure_f1(truth, fixations),
        measure_f1(_list_spans(recording.labels == "S"), times[moves.saccades]),
        len(fixations) / lasting,
        len(truth) / lasting,
        float(np.diff(fixations).mean()) if len(fixations) else np.nan,
        float(np.diff(truth).mean()) if len(truth) else np.nan,
    )


def _list_spans(flags: NDArray[np.bool_]) -> Array:
    first, last = find_runs(flags).T
    return np.stack([first, last + 1], axis=1) / RATE_HZ


def _measure_kappa(seen: LabelledEyes, fixations: NDArray[np.int64]) -> float:
    """Return Cohen's kappa of fixation or not, over the rows with a label."""
    found = np.zeros(len(seen.labels), np.bool_)
    for first, last in fixations:
        found[first : last + 1] = True
    known = seen.labels != "B"
    truth, found = np.isin(seen.labels, ["F", "P"])[known], found[known]
    same = (truth == found).mean()
    chance = truth.mean() * found.mean() + (1 - truth.mean()) * (1 - found.mean())
    return float((same - chance) / (1 - chance)) if chance < 1 else np.nan


def measure_f1(truth: Array, found: Array) -> float:
    """Return F1 of two lists of spans (N, 2), matched one to one by the largest overlap."""
    ends = np.minimum(truth[:, None, 1], found[None, :, 1])
    overlap = ends - np.maximum(truth[:, None, 0], found[None, :, 0])  # (T, F)
    hits = 0
    while overlap.size and overlap.max() > 0:
        one, other = np.unravel_index(overlap.argmax(), overlap.shape)
        overlap[one], overlap[:, other] = 0, 0
        hits += 1
    total = len(truth) + len(found)
    return 2 * hits / total if total else np.nan
