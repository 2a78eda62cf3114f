"""Consensys exports of a Shimmer: a line with the separator, names, units, then calibrated rows."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bridge.blocks import Device, scale_for
from bridge.tape import Lane, Tape
from emotion.datasets import WrongFolder

BACKEND, MARK = "shimmer3", "_Unix_CAL"
TIMES = ("_Timestamp_Unix_CAL", "_TimestampSync_Unix_CAL")
SKIN, PULSE = "_GSR_Skin_Conductance_CAL", "_PPG_A13_CAL"
# The converter's step is under a millivolt.
PULSE_STEP = 0.1
# Above this the electrodes are not on a person.
MOST_US = 100.0


@dataclass(frozen=True, slots=True)
class Table:
    """Columns by the end of their names, which begin with the device's."""

    path: Path
    names: Sequence[str]
    units: Sequence[str]
    rows: NDArray[np.float64]

    def column(self, ends: str, unit: str) -> NDArray[np.float64] | None:
        """The column whose name ends so, in that unit; None where there is none."""
        found = [n for n, name in enumerate(self.names) if name.endswith(ends)]
        if not found:
            return None
        if self.units[found[0]] != unit:
            said = self.units[found[0]]
            raise WrongFolder(f"{self.path}: expected {ends[1:]} in {unit}, got {said!r}")
        return self.rows[:, found[0]]


def read(path: Path) -> Tape:
    """The Streams of an export: skin conductance and pulse wave. Raises WrongFolder."""
    table = _table(path)
    clock = next((c for end in TIMES if (c := table.column(end, "ms")) is not None), None)
    if clock is None:
        raise WrongFolder(f"{path}: expected a column Timestamp_Unix_CAL: export it as Unix time")
    times = (clock - clock[0]) / 1000
    if len(times) < 2 or (np.diff(times) <= 0).any():
        raise WrongFolder(f"{path}: expected at least two rows, in order of time")
    lanes = [
        Lane(device, float(1 / np.median(np.diff(times))), times[fits], values[fits])
        for device, values in _streams(table).items()
        if (fits := _whole(values)).any()
    ]
    if not lanes:
        raise WrongFolder(f"{path}: expected {SKIN[1:]} or {PULSE[1:]}, found none")
    return Tape(lanes)


def _streams(table: Table) -> Mapping[Device, NDArray[np.float64]]:
    found: dict[Device, NDArray[np.float64]] = {}
    skin, pulse = table.column(SKIN, "uS"), table.column(PULSE, "mV")
    if skin is not None:
        found[Device("eda", BACKEND)] = np.where(skin > MOST_US, np.nan, skin)[:, None]
    if pulse is not None:
        peak = float(np.nanmax(np.abs(pulse), initial=0.0))
        found[Device("ppg", BACKEND, scale_for(peak, PULSE_STEP))] = pulse[:, None]
    return found


def _whole(values: NDArray[np.float64]) -> NDArray[np.bool_]:
    return np.asarray(np.isfinite(values).all(axis=1))


def _table(path: Path) -> Table:
    with path.open(newline="", encoding="utf-8-sig") as file:
        lines = file.read().splitlines()
    separator = "\t" if lines and "\t" in "".join(lines[:3]) else ","
    head = 1 if lines and "sep=" in lines[0].replace('"', "") else 0
    if len(lines) < head + 3:
        raise WrongFolder(f"{path}: expected a Consensys export: names, units and rows")
    names, units = (
        [cell.strip() for cell in row]
        for row in csv.reader(lines[head : head + 2], delimiter=separator)
    )
    width = len([name for name in names if name])
    try:
        rows = np.array(
            [
                [float(cell or "nan") for cell in row[:width]]
                for row in csv.reader(lines[head + 2 :], delimiter=separator)
                if row
            ]
        )
    except ValueError as wrong:
        raise WrongFolder(f"{path}: expected rows of numbers: {wrong}") from None
    if rows.ndim != 2 or rows.shape[1] != width or len(units) < width:
        raise WrongFolder(f"{path}: expected rows of {width} numbers under their names and units")
    return Table(path, names[:width], units[:width], rows)
