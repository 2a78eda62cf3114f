"""Stress-Predict (Iqbal et al. 2022, MIT): E4 recordings of people at rest and under stress.

Everybody did the same tasks in the same order, so time alone predicts the labels. See
`emotion.evaluation.metrics.auc` for figures that time does not help.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import groupby
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from emotion.datasets import WrongFolder
from emotion.datasets.formats.empatica import EmpaticaRecording, read
from emotion.windows import Window

RAW, PROCESSED = "Raw_data", "Processed_data"
LABELS = "*hr_rsp_binary*.csv"
_COLUMNS = ("Participant", "Time(sec)", "Label")

# Streams recorded by everybody's wristband.
STREAMS = frozenset({"ppg", "eda", "temp", "acc", "heart"})

# The stretches of stress, in the order that everybody had.
TASKS = ("stroop", "interview", "hyperventilation")


@dataclass(frozen=True, slots=True)
class StressPredictPerson:
    """One person of the study.

    Attributes
    ----------
    code : str
        "S02".
    recording : EmpaticaRecording
    seconds : (N,) float64
        s since the recording began, increasing.
    labels : (N,) int64
        Of each of these seconds: 1 = under stress.
    """

    code: str
    recording: EmpaticaRecording
    seconds: NDArray[np.float64]
    labels: NDArray[np.int64]

    def windows(
        self, opening_s: float, window_s: float, hop_s: float, judged_s: float
    ) -> Iterator[tuple[Window, int, str]]:
        """Yield each Window after the opening with label and task of its last `judged_s`.

        Windows without a label at the end are left out.
        """
        for t0 in np.arange(opening_s, self.recording.length_s - window_s, hop_s).tolist():
            judged = (t0 + window_s - judged_s, t0 + window_s)
            label = self.label(*judged)
            if label is not None:
                yield self.recording.window(t0, t0 + window_s), label, self.task(*judged)

    def label(self, t0: float, t1: float) -> int | None:
        """Return the majority of [t0, t1) (a tie is stress); None if less than half is labelled."""
        inside = self.labels[(self.seconds >= t0) & (self.seconds < t1)]
        if len(inside) < (t1 - t0) / 2:
            return None
        return int(inside.mean() >= 0.5)

    def task(self, t0: float, t1: float) -> str:
        """Return the task with most of its seconds in [t0, t1); "rest" if there is none."""
        middle = (self.seconds >= t0) & (self.seconds < t1) & (self.labels == 1)
        if not middle.any():
            return "rest"
        numbers = np.cumsum(np.diff(self.labels, prepend=0) == 1) - 1  # which stretch of stress
        return TASKS[min(int(np.median(numbers[middle])), len(TASKS) - 1)]


def list_people(folder: Path) -> list[str]:
    """Return the codes of the people in `folder`, in order.

    Raises
    ------
    WrongFolder
        If the layout is missing, or recordings and labels are not of the same people.
    """
    root = find_root(folder)
    recorded = {path.name for path in (root / RAW).iterdir() if path.is_dir()}
    labelled = set(_labels(root))
    if alone := sorted(recorded - labelled):
        raise WrongFolder(f"{root}: recordings without labels of {', '.join(alone)}")
    if not recorded:
        raise WrongFolder(f"{root / RAW}: expected folders of people, got none")
    return sorted(recorded)


def load(folder: Path) -> list[StressPredictPerson]:
    """Return everybody in `folder`; raises WrongFolder as `list_people` and `empatica.read` do."""
    return list(iterate_people(folder))


def iterate_people(folder: Path) -> Iterator[StressPredictPerson]:
    """Yield everybody in `folder`, one person in memory at a time; raises as `load` does."""
    root, codes = find_root(folder), list_people(folder)
    labels = _labels(root)
    for code in codes:
        yield _person(code, read(root / RAW / code), labels[code])


def find_root(folder: Path) -> Path:
    """Return the folder with Raw_data and Processed_data: `folder`, one in it, or around it."""
    inner = sorted(path for path in folder.glob("*") if path.is_dir()) if folder.is_dir() else []
    for candidate in (folder, *inner, folder.parent):
        if (candidate / RAW).is_dir() and (candidate / PROCESSED).is_dir():
            return candidate
    raise WrongFolder(f"{folder}: expected {RAW} and {PROCESSED}, as unpacked from the archive")


def digest(folder: Path) -> str:
    """Return the SHA-256 of all files of people and labels, by name and content, in hex."""
    root = find_root(folder)
    files = [*sorted((root / RAW).glob("*/*.csv")), *sorted((root / PROCESSED).glob(LABELS))]
    lines = [f"{path.relative_to(root)} {sha256(path.read_bytes()).hexdigest()}" for path in files]
    return sha256("\n".join(lines).encode()).hexdigest()


def _person(
    code: str, recording: EmpaticaRecording, rows: Sequence[tuple[float, int]]
) -> StressPredictPerson:
    if missing := STREAMS.difference(recording.streams):
        raise WrongFolder(f"{code}: expected every signal, without {', '.join(sorted(missing))}")
    times = np.array([time for time, _ in rows]) - recording.began_utc
    labels = np.array([label for _, label in rows], np.int64)
    if len(times) == 0 or times[-1] < 0 or times[0] > recording.length_s:
        raise WrongFolder(f"{code}: expected labels within its recording's time")
    return StressPredictPerson(code, recording, times, labels)


def _labels(root: Path) -> Mapping[str, list[tuple[float, int]]]:
    """Return (UTC s, label) of each person's labelled seconds, in order of time."""
    files = sorted((root / PROCESSED).glob(LABELS))
    if not files:
        raise WrongFolder(f"{root / PROCESSED}: expected a file {LABELS}, got none")
    found: list[tuple[str, float, int]] = []
    for path in files:
        found += _label_rows(path)
    return {
        code: [(time, label) for _, time, label in rows]
        for code, rows in groupby(sorted(found), key=lambda row: row[0])
    }


def _label_rows(path: Path) -> list[tuple[str, float, int]]:
    with path.open(newline="", encoding="utf-8-sig") as file:
        reader = csv.DictReader(file)
        if missing := set(_COLUMNS).difference(reader.fieldnames or ()):
            raise WrongFolder(f"{path}: expected the columns {_COLUMNS}, without {sorted(missing)}")
        return [_label_row(path, number, row) for number, row in enumerate(reader, start=2)]


def _label_row(path: Path, line: int, row: Mapping[str, str]) -> tuple[str, float, int]:
    try:
        who, time, label = (float(row[name]) for name in _COLUMNS)
    except (TypeError, ValueError):
        raise WrongFolder(f"{path}: line {line}: expected numbers, got {dict(row)}") from None
    if label not in (0, 1) or who != int(who) or not np.isfinite(time):
        raise WrongFolder(f"{path}: line {line}: expected a person, a time and 0 or 1")
    return f"S{int(who):02d}", time, int(label)
