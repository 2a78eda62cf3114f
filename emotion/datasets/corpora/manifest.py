"""A custom data set: `manifest.csv` with one row per clip, and one CSV per signal (e.g. VLMED).

Columns `person,video,start_s,end_s,label`, and any of `gaze,ppg,ecg,eda,heart,acc,temp,face,film`:
paths inside the folder, empty if there is none. A signal's CSV begins with `time_s` (s since the
video began, increasing) and has a named column per channel; `face` is OpenFace's, `film` a video.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from emotion.datasets import WrongFolder
from emotion.datasets.corpora.trials import find_part

MANIFEST = "manifest.csv"
TOLD = ("person", "video", "start_s", "end_s", "label")
SIGNALS = ("gaze", "ppg", "ecg", "eda", "heart", "acc", "temp")
FILES = (*SIGNALS, "face", "film")


@dataclass(frozen=True, slots=True)
class ManifestSeries:
    """A signal with its own times.

    Attributes
    ----------
    names : tuple of str
        Of the channels.
    times : (T,)
        s since the video began, increasing.
    values : (T, C)
        NaN if a cell is empty.
    """

    names: tuple[str, ...]
    times: NDArray[np.float64]
    values: NDArray[np.float64]

    def select_between(self, t0: float, t1: float) -> ManifestSeries:
        """Return the rows of [t0, t1) s."""
        kept = (self.times >= t0) & (self.times < t1)
        return ManifestSeries(self.names, self.times[kept], self.values[kept])


@dataclass(frozen=True, slots=True)
class ManifestClip:
    """One labelled stretch of one person watching one video.

    Attributes
    ----------
    person, video, label : str
    t0, t1 : float
        s since the video began.
    files : mapping from column to Path
        The given files; all exist.
    """

    person: str
    video: str
    label: str
    t0: float
    t1: float
    files: Mapping[str, Path]

    def read_series(self, name: str) -> ManifestSeries:
        """Return a signal's rows of this clip; KeyError if the clip has none."""
        return read_series(self.files[name]).select_between(self.t0, self.t1)


def iterate_clips(folder: Path) -> Iterator[ManifestClip]:
    """Yield the clips in the order of the manifest.

    Raises
    ------
    WrongFolder
        If the manifest or a file it names is missing or outside the folder, a column is unknown, or
        a row is invalid; says which line.
    """
    path = find_part(folder) / MANIFEST
    if not path.is_file():
        raise WrongFolder(f"{path}: expected a manifest, found none")
    with path.open(newline="", encoding="utf-8-sig") as file:
        table = csv.DictReader(file)
        _check_columns(path, table.fieldnames or ())
        for row in table:
            yield _parse_clip(path, table.line_num, row)


def read_series(path: Path) -> ManifestSeries:
    """Return a signal's CSV.

    Raises
    ------
    WrongFolder
        If it does not begin with `time_s`, a cell is no number, or time does not increase.
    """
    with path.open(newline="", encoding="utf-8-sig") as file:
        head, *rows = [*csv.reader(file)] or [[]]
    names = [name.strip() for name in head]
    if len(names) < 2 or names[0] != "time_s":
        raise WrongFolder(f"{path}: expected time_s and a channel on the first line")
    try:
        cells = [[float(cell) if cell.strip() else np.nan for cell in row] for row in rows if row]
        table = np.array(cells, np.float64).reshape(-1, len(names))
    except ValueError as wrong:
        raise WrongFolder(f"{path}: expected rows of {len(names)} numbers: {wrong}") from None
    timed = np.isfinite(table[:, 0]).all() and (np.diff(table[:, 0]) > 0).all()
    if len(table) != len(cells) or not timed:
        raise WrongFolder(f"{path}: expected rows of {len(names)} numbers, time_s increasing")
    return ManifestSeries(tuple(names[1:]), table[:, 0], table[:, 1:])


def _check_columns(path: Path, names: object) -> None:
    given = set(names) if isinstance(names, list | tuple) else set()
    if missing := [name for name in TOLD if name not in given]:
        raise WrongFolder(f"{path}: expected columns {', '.join(TOLD)}; without {missing}")
    if strange := sorted(given - {*TOLD, *FILES}):
        raise WrongFolder(f"{path}: expected no columns but {', '.join(FILES)}; got {strange}")


def _parse_clip(path: Path, line: int, row: Mapping[str, str | None]) -> ManifestClip:
    told = {name: (row.get(name) or "").strip() for name in (*TOLD, *FILES)}
    try:
        t0, t1 = float(told["start_s"]), float(told["end_s"])
    except ValueError:
        t0 = t1 = np.nan
    if not (0 <= t0 < t1 < np.inf) or not all(told[name] for name in ("person", "video", "label")):
        raise WrongFolder(
            f"{path}: line {line}: expected a person, a video, a label, and 0 <= start_s < end_s"
        )
    files = {name: _find_file(path, line, told[name]) for name in FILES if told[name]}
    return ManifestClip(told["person"], told["video"], told["label"], t0, t1, files)


def _find_file(path: Path, line: int, name: str) -> Path:
    found = (path.parent / name).resolve()
    if not found.is_relative_to(path.parent.resolve()) or not found.is_file():
        raise WrongFolder(f"{path}: line {line}: expected {name} in the folder, found none")
    return found
