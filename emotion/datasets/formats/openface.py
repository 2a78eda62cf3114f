"""OpenFace CSV (Baltrušaitis et al. 2018): action units and gaze per frame, as used in paper 2."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from emotion.datasets import WrongFolder
from emotion.datasets.formats.number_files import read_lines, read_table, split_cells

Array = NDArray[np.float64]

# OpenFace gives the intensity of these, and only the presence of AU28.
_BOTH = (1, 2, 4, 5, 6, 7, 9, 10, 12, 14, 15, 17, 20, 23, 25, 26, 45)
AUS = (*_BOTH[:-1], 28, 45)
GAZE = tuple(f"gaze_{eye}_{axis}" for eye in (0, 1) for axis in "xyz")
POINTS = 68
# OpenFace's own threshold for no face.
LEAST_CONFIDENCE = 0.5


@dataclass(frozen=True, slots=True)
class Frames:
    """A video's frames.

    Attributes
    ----------
    times : (T,)
        s since the video began.
    presence, intensity : (T, 18)
        Of `AUS`: 0 or 1, and 0-5; the intensity of AU28 is 0, as OpenFace gives none.
    gaze : (T, 6)
        Unit vectors of the left and the right eye in the camera's axes.
    pose : (T, 6)
        Position in mm, then rotation in rad: x, y, z each.
    confidence : (T,)
        0-1.
    sound : (T,) bool
        False if OpenFace did not see the face: the row must not be used.
    notes : sequence of str
        What was left out of the file, one sentence each.
    """

    times: Array
    presence: Array
    intensity: Array
    gaze: Array
    pose: Array
    confidence: Array
    sound: NDArray[np.bool_]
    notes: Sequence[str]

    def features(self) -> Array:
        """Return paper 2's (T, 42): 18 presences, 18 intensities, 6 of gaze; 0 without a face."""
        rows = np.concatenate([self.presence, self.intensity, self.gaze], axis=1)
        return np.where(self.sound[:, None], rows, 0.0)


def read(path: Path) -> Frames:
    """Return the frames of OpenFace's `FeatureExtraction` file.

    Raises
    ------
    WrongFolder
        If there is no file, a column is missing, a cell is no number, the times do not increase, or
        the file has more than one face (column `face_id`).
    """
    names, rows, notes = _table(path)
    column = {name: number for number, name in enumerate(names)}
    if "face_id" in column and len(_fill_missing(rows[:, column["face_id"]])) > 1:
        raise WrongFolder(f"{path}: expected one face, found more: cut the film to one person")

    def select(wanted: Sequence[str]) -> Array:
        return rows[:, [column[name] for name in wanted]]

    whole = np.isfinite(rows).all(axis=1)
    if missing := int((~whole).sum()):
        notes = [
            *notes,
            f"{path.name}: left out {missing} of {len(rows)} frames: a number is missing",
        ]
    _check_times(path, select(["timestamp"])[:, 0])
    confidence = select(["confidence"])[:, 0]
    seen = (select(["success"])[:, 0] == 1) & (confidence >= LEAST_CONFIDENCE)
    strength = np.zeros((len(rows), len(AUS)))
    strength[:, [AUS.index(unit) for unit in _BOTH]] = select(_column_names(_BOTH, "r"))
    return Frames(
        times=select(["timestamp"])[:, 0],
        presence=select(_column_names(AUS, "c")),
        intensity=strength,
        gaze=select(GAZE),
        pose=select(_POSE),
        confidence=confidence,
        sound=seen & whole,
        notes=notes,
    )


def read_points(path: Path) -> tuple[Array, Array] | None:
    """Return times (T,) and the landmarks (T, 68, 2) in pixels, NaN where no face was seen.

    None if the file has no landmarks: OpenFace writes them with -2Dfp. Raises WrongFolder as `read`
    does.
    """
    names, rows, _ = _table(path)
    column = {name: number for number, name in enumerate(names)}
    wanted = [f"{axis}_{point}" for point in range(POINTS) for axis in "xy"]
    if not set(wanted) <= set(column):
        return None
    seen = (rows[:, column["success"]] == 1) & (rows[:, column["confidence"]] >= LEAST_CONFIDENCE)
    points = rows[:, [column[name] for name in wanted]].reshape(len(rows), POINTS, 2)
    return rows[:, column["timestamp"]], np.where(seen[:, None, None], points, np.nan)


_POSE = tuple(f"pose_{kind}{axis}" for kind in "TR" for axis in "xyz")


def _column_names(units: Sequence[int], kind: str) -> list[str]:
    return [f"AU{unit:02d}_{kind}" for unit in units]


def _check_columns(path: Path, column: dict[str, int]) -> None:
    wanted = ["timestamp", "confidence", "success", *GAZE, *_POSE]
    wanted += [*_column_names(AUS, "c"), *_column_names(_BOTH, "r")]
    if missing := [name for name in wanted if name not in column]:
        shown = ", ".join(missing[:5]) + (" ..." if len(missing) > 5 else "")
        raise WrongFolder(
            f"{path}: expected OpenFace's columns, without {shown}: run FeatureExtraction with "
            "-aus -gaze -pose"
        )


def _fill_missing(column: Array) -> Array:
    return np.unique(column[np.isfinite(column)])


def _check_times(path: Path, times: Array) -> None:
    times = times[np.isfinite(times)]
    if len(times) > 1 and len(np.unique(times)) == 1:
        raise WrongFolder(
            f"{path}: expected the frames of a film: a file of single images has no times"
        )
    if (np.diff(times) <= 0).any():
        raise WrongFolder(f"{path}: expected times that increase from frame to frame")


def _table(path: Path) -> tuple[list[str], Array, Sequence[str]]:
    if not path.is_file():
        raise WrongFolder(f"{path}: expected OpenFace's CSV, found none")
    text = read_lines(path)
    try:
        head = split_cells(text.lines[0], text.separator) if text.lines else []
    except ValueError as wrong:
        raise WrongFolder(f"{path}: expected OpenFace's columns: {wrong}") from None
    _check_columns(path, {name: number for number, name in enumerate(head)})
    table = read_table(text, skip=1, width=len(head))
    if not len(table.rows):
        raise WrongFolder(f"{path}: expected rows of {len(head)} numbers, found none")
    return head, table.rows, table.notes
