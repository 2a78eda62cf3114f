"""Reader of Consensys exports of a Shimmer: separator, names, units, then calibrated rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from attune_client.blocks import StreamDevice, scale_for
from bridge.recording import RecordedStream, ReplayableRecording
from emotion.datasets import WrongFolder
from emotion.datasets.formats.number_files import read_lines, read_table, split_cells

BACKEND, MARK = "shimmer3", "_Unix_CAL"
TIMES = ("_Timestamp_Unix_CAL", "_TimestampSync_Unix_CAL")
SKIN, PULSE = "_GSR_Skin_Conductance_CAL", "_PPG_A13_CAL"
# The converter's step is under a millivolt.
PULSE_STEP = 0.1
# Higher values mean that the electrodes are not on a person.
MOST_US = 100.0


@dataclass(frozen=True, slots=True)
class ConsensysTable:
    """A table whose columns are found by the end of their names; the device's name precedes it."""

    path: Path
    names: Sequence[str]
    units: Sequence[str]
    rows: NDArray[np.float64]
    notes: Sequence[str]

    def column(self, ends: str, unit: str) -> NDArray[np.float64] | None:
        """Return the column whose name ends with `ends`, or None. Raises WrongFolder for another
        unit.
        """
        found = [n for n, name in enumerate(self.names) if name.endswith(ends)]
        if not found:
            return None
        if self.units[found[0]] != unit:
            said = self.units[found[0]]
            raise WrongFolder(f"{self.path}: expected {ends[1:]} in {unit}, got {said!r}")
        return self.rows[:, found[0]]


def read(path: Path) -> ReplayableRecording:
    """Read skin conductance and pulse wave from an export. Raises WrongFolder."""
    table = _read_table(path)
    clock = next((c for end in TIMES if (c := table.column(end, "ms")) is not None), None)
    if clock is None:
        raise WrongFolder(f"{path}: expected a column Timestamp_Unix_CAL: export it as Unix time")
    notes, timed = list(table.notes), np.isfinite(clock)
    if untimed := int((~timed).sum()):
        notes.append(f"{path.name}: left out {untimed} of {len(clock)} rows: the time is missing")
    clock = clock[timed]
    times = (clock - clock[:1]) / 1000
    if len(times) < 2 or (np.diff(times) <= 0).any():
        raise WrongFolder(f"{path}: expected at least two rows, in order of time")
    lanes: list[RecordedStream] = []
    for device, values in _streams(table).items():
        fits = _find_complete_rows(values[timed])
        if without := int((~fits).sum()):
            notes.append(f"{path.name}: left out {without} of {len(fits)} rows of {device.stream}")
        if fits.any():
            rate_hz = float(1 / np.median(np.diff(times)))
            lanes.append(RecordedStream(device, rate_hz, times[fits], values[timed][fits]))
    if not lanes:
        raise WrongFolder(f"{path}: expected {SKIN[1:]} or {PULSE[1:]}, found none")
    return ReplayableRecording(lanes, notes)


def _streams(table: ConsensysTable) -> Mapping[StreamDevice, NDArray[np.float64]]:
    found: dict[StreamDevice, NDArray[np.float64]] = {}
    skin, pulse = table.column(SKIN, "uS"), table.column(PULSE, "mV")
    if skin is not None:
        found[StreamDevice("eda", BACKEND)] = np.where(skin > MOST_US, np.nan, skin)[:, None]
    if pulse is not None:
        peak = float(np.abs(pulse[np.isfinite(pulse)]).max(initial=0.0))
        found[StreamDevice("ppg", BACKEND, scale_for(peak, PULSE_STEP))] = pulse[:, None]
    return found


def _find_complete_rows(values: NDArray[np.float64]) -> NDArray[np.bool_]:
    return np.asarray(np.isfinite(values).all(axis=1))


def _read_table(path: Path) -> ConsensysTable:
    text = read_lines(path)
    head = 1 if text.lines and "sep=" in text.lines[0].replace('"', "") else 0
    if len(text.lines) < head + 3:
        raise WrongFolder(f"{path}: expected a Consensys export: names, units and rows")
    try:
        names, units = (split_cells(line, text.separator) for line in text.lines[head : head + 2])
    except ValueError as wrong:
        raise WrongFolder(f"{path}: expected names and units: {wrong}") from None
    width = len([name for name in names if name])
    if not 0 < width <= len(units):
        raise WrongFolder(f"{path}: expected rows of {width} numbers under their names and units")
    table = read_table(text, skip=head + 2, width=width)
    return ConsensysTable(path, names[:width], units[:width], table.rows, table.notes)
