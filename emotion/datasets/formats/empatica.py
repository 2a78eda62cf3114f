"""Empatica E4 folders: BVP, EDA, TEMP, ACC, HR, IBI and tags as Streams on one clock.

Every file begins with its start in UTC seconds and (except IBI) its rate in Hz; see its info.txt.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from emotion.datasets import WrongFolder
from emotion.datasets.formats.number_files import (
    TextLines,
    parse_numbers,
    read_lines,
    read_table,
    split_cells,
)
from emotion.streams import stream
from emotion.windows import EVENT_HOLDS_S, Window, cut_track

BACKEND = "empatica_e4"

# The file of each Stream, and the factor from its units to the Stream's.
_FILES: Mapping[str, tuple[str, float]] = {
    "ppg": ("BVP.csv", 1.0),
    "eda": ("EDA.csv", 1.0),
    "temp": ("TEMP.csv", 1.0),
    "acc": ("ACC.csv", 1000 / 64),  # 1/64 g -> mg
}
_RATE_FILE, _INTERVAL_FILE = "HR.csv", "IBI.csv"

# Files of one recording start together (HR ten seconds later); a larger difference means two.
_APART_S = 60.0
# Limits of a plausible wristband recording.
_FASTEST_HZ, _LONGEST_S = 10_000.0, 30 * 86_400.0

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class EmpaticaRows:
    """One Stream of a whole recording.

    Attributes
    ----------
    times : (N,)
        s since the recording began, not decreasing.
    values : (N, C) float32
        In the Stream's units, NaN if missing.
    period_s : float
        Time covered by one row.
    """

    times: Array
    values: NDArray[np.float32]
    period_s: float


@dataclass(frozen=True, slots=True)
class EmpaticaRecording:
    """One E4 folder.

    Attributes
    ----------
    began_utc : float
        When its first file began, UTC s.
    length_s : float
        Until the first of the sampled Streams ends.
    streams : mapping from stream to EmpaticaRows
        ppg, eda, temp, acc and heart, without empty ones.
    tags_s : (M,)
        When the button was pressed, s since it began.
    notes : sequence of str
        What was left out of the files, one sentence each.
    """

    began_utc: float
    length_s: float
    streams: Mapping[str, EmpaticaRows]
    tags_s: Array
    notes: Sequence[str]

    def window(self, t0: float, t1: float) -> Window:
        """Return [t0, t1), s since it began, as a Window; Streams without a row in it are left
        out.
        """
        tracks = {
            name: cut_track(
                stream(name),
                rows.times,
                rows.values,
                t0=t0,
                t1=t1,
                backend=BACKEND,
                period_s=rows.period_s,
            )
            for name, rows in self.streams.items()
        }
        return Window(t0, t1, {name: track for name, track in tracks.items() if len(track.times)})


def read(folder: Path) -> EmpaticaRecording:
    """Return the recording in `folder`.

    Raises
    ------
    WrongFolder
        If it is not a complete E4 folder; if a file's start, rate or a row is invalid, every file
        is empty, or files begin more than a minute apart. IBI and tags may be missing. A truncated
        last line and Streams with an empty file are left out.
    """
    _check_complete(folder)
    files, notes = {**_FILES, "heart": (_RATE_FILE, 1.0)}, list[str]()
    sampled = {
        name: _read_sampled(folder / file, scale, notes) for name, (file, scale) in files.items()
    }
    parts = {name: part for name, part in sampled.items() if part is not None}
    if not parts:
        raise WrongFolder(f"{folder}: expected samples, found only empty files")
    starts = [start for start, _ in parts.values()]
    began = min(starts)
    if max(starts) - began > _APART_S:
        raise WrongFolder(f"{folder}: expected files of one recording, got starts {starts}")
    streams = {name: _shift_times(rows, start - began) for name, (start, rows) in parts.items()}
    steady = [rows for name, rows in streams.items() if name != "heart"] or [*streams.values()]
    length = min(float(rows.times[-1]) + rows.period_s for rows in steady)
    beats = _intervals(folder / _INTERVAL_FILE, began, notes)
    if "heart" in streams:
        streams["heart"] = _make_heart(streams["heart"], beats)
    return EmpaticaRecording(began, length, streams, _read_tags(folder, notes) - began, notes)


def _check_complete(folder: Path) -> None:
    if not folder.is_dir():
        raise WrongFolder(f"{folder}: expected an Empatica E4 folder, found none")
    wanted = [*(file for file, _ in _FILES.values()), _RATE_FILE]
    if missing := [file for file in wanted if not (folder / file).is_file()]:
        raise WrongFolder(f"{folder}: expected an Empatica E4 folder, without {', '.join(missing)}")


def _read_sampled(path: Path, scale: float, notes: list[str]) -> tuple[float, EmpaticaRows] | None:
    """Return a file's start in UTC s and its rows, timed from 0; None if it has no row."""
    text = read_lines(path)
    if not any(line.strip() for line in text.lines[2:]):
        notes.append(f"{path.name}: left out, the file has no samples")
        return None
    begun, rates, width = _read_head(text)
    values = _table(text, 2, width, notes) * scale
    if not len(values) / rates <= _LONGEST_S:
        raise WrongFolder(f"{path}: expected a rate in Hz, got {rates:g} for {len(values)} samples")
    times = np.arange(len(values)) / rates
    return begun, EmpaticaRows(times, values.astype(np.float32), 1 / rates)


def _read_head(text: TextLines) -> tuple[float, float, int]:
    path, width = text.path, 3 if text.path.name == "ACC.csv" else 1
    try:
        start, rate = (parse_numbers(line, text.separator, width) for line in text.lines[:2])
    except ValueError:
        raise WrongFolder(
            f"{path}: expected a start in UTC seconds and a rate in Hz on the first two lines"
        ) from None
    if len({*start}) + len({*rate}) != 2:
        raise WrongFolder(f"{path}: expected {width} equal starts and rates, got {start}, {rate}")
    if not (np.isfinite(start[0]) and start[0] > 0 and 0 < rate[0] <= _FASTEST_HZ):
        raise WrongFolder(f"{path}: expected a start and a rate above 0, got {start[0]}, {rate[0]}")
    return start[0], rate[0], width


def _table(text: TextLines, skip: int, width: int, notes: list[str]) -> Array:
    """Return the file's rows (N, width); WrongFolder names the first invalid line."""
    table = read_table(text, skip=skip, width=width)
    notes.extend(table.notes)
    if not (sound := np.isfinite(table.rows).all(axis=1)).all():
        line = int(np.flatnonzero(~sound)[0]) + skip + 1
        raise WrongFolder(f"{text.path}: line {line}: expected finite numbers")
    return table.rows


def _shift_times(rows: EmpaticaRows, offset_s: float) -> EmpaticaRows:
    return EmpaticaRows(rows.times + offset_s, rows.values, rows.period_s)


def _intervals(path: Path, began: float, notes: list[str]) -> Array:
    """Return (B, 2): the time of a beat, s since the recording began, and the interval before,
    s.
    """
    text = read_lines(path) if path.is_file() else None
    if text is None or not any(line.strip() for line in text.lines):
        return np.zeros((0, 2))
    try:
        (start,) = parse_numbers(split_cells(text.lines[0], text.separator)[0], text.separator, 1)
    except ValueError:
        raise WrongFolder(f"{path}: expected a start in UTC seconds on the first line") from None
    return np.add(_table(text, 1, 2, notes), [start - began, 0.0])


def _make_heart(rate: EmpaticaRows, beats: Array) -> EmpaticaRows:
    """Return event rows (t, hr, rr, contact): one a second, with the mean interval of its beats."""
    second = np.searchsorted(rate.times, beats[:, 0], side="right") - 1
    inside = (second >= 0) & (beats[:, 0] < rate.times[-1] + rate.period_s)
    second, length_ms = second[inside], 1000 * beats[inside, 1]
    count = np.bincount(second, minlength=len(rate.times))
    total = np.bincount(second, length_ms, minlength=len(rate.times))
    mean = np.where(count > 0, total / np.maximum(count, 1), np.nan)
    unknown = np.full(len(mean), np.nan)
    values = np.stack([rate.times, rate.values[:, 0], mean, unknown], axis=1)
    return EmpaticaRows(rate.times, values.astype(np.float32), EVENT_HOLDS_S)


def _read_tags(folder: Path, notes: list[str]) -> Array:
    """Return (M,) UTC s from the file tags.csv, or tags_<person>.csv."""
    for path in sorted(folder.glob("tags*.csv")):
        if len(found := _table(read_lines(path), 0, 1, notes)):
            return found[:, 0]
    return np.zeros(0)
