"""Paper 3's two hand-crafted face features: local binary patterns, and geometry of 68 points.

For data sets on disk only: no picture or point ever comes from a learner's camera.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.validation import check_array

Array = NDArray[np.float64]

# The eight neighbours in order around the pixel, as (row, column).
RING = ((0, 0), (0, 1), (0, 2), (1, 2), (2, 2), (2, 1), (2, 0), (1, 0))

# Only the patterns with at most two changes between 0 and 1 are uniform; all others share one bin.
_TURNS = [bin(code ^ ((code >> 1) | (code & 1) << 7)).count("1") for code in range(256)]
UNIFORM = [code for code, turns in enumerate(_TURNS) if turns <= 2]
BINS = len(UNIFORM) + 1  # 59
_BIN = np.full(256, BINS - 1)
_BIN[UNIFORM] = np.arange(len(UNIFORM))


def find_patterns(picture: NDArray[Any]) -> NDArray[np.int64]:
    """Return each inner pixel's pattern (H - 2, W - 2), 0 to 255, of a grey picture (H, W).

    Bit i is 1 if neighbour i is at least as bright as the pixel (Ojala et al. 2002).
    """
    height, width = picture.shape
    centre = picture[1:-1, 1:-1]
    found = np.zeros(centre.shape, np.int64)
    for bit, (row, column) in enumerate(RING):
        beside = picture[row : height - 2 + row, column : width - 2 + column]
        found |= (beside >= centre).astype(np.int64) << bit
    return found


def count_binary_patterns(X: Any, cells: int = 7) -> NDArray[np.float32]:
    """Return the shares of the uniform patterns in each cell of a grid over the picture.

    Parameters
    ----------
    X : (N, H, W)
        Grey pictures.
    cells : int
        The grid is cells by cells.

    Returns
    -------
    (N, cells^2 59)
    """
    pictures = check_array(X, allow_nd=True)
    if pictures.ndim != 3 or min(pictures.shape[1:]) < cells + 2:
        raise ValueError(
            f"expected pictures (N, H, W) of {cells + 2} pixels a side or more, "
            f"got {pictures.shape}"
        )
    return np.array([_shares(picture, cells) for picture in pictures], np.float32)


def _shares(picture: NDArray[Any], cells: int) -> Array:
    found = _BIN[find_patterns(picture)]  # (H - 2, W - 2)
    rows, columns = (np.arange(n) * cells // n for n in found.shape)
    cell = rows[:, None] * cells + columns
    counts = np.bincount((cell * BINS + found).ravel(), minlength=cells**2 * BINS)
    by_cell = counts.reshape(-1, BINS)
    return np.asarray(by_cell / by_cell.sum(axis=1, keepdims=True)).ravel()


# Of the 68 points (iBUG order, as in OpenFace): the person's right is on the left.
RIGHT_BROW, LEFT_BROW = slice(17, 22), slice(22, 27)
RIGHT_EYE, LEFT_EYE = slice(36, 42), slice(42, 48)
MOUTH_RIGHT, MOUTH_LEFT = 48, 54
UPPER_LIP, LOWER_LIP = 51, 57
INNER_UPPER, INNER_LOWER = 62, 66
NOSE, CHIN, JAW_RIGHT, JAW_LEFT = 33, 8, 0, 16

GEOMETRY = (
    "right_eye_open",
    "left_eye_open",
    "right_brow_height",
    "left_brow_height",
    "right_brow_angle",
    "left_brow_angle",
    "brow_gap",
    "mouth_width",
    "mouth_height",
    "mouth_open",
    "mouth_curvature",
    "nose_to_lip",
    "chin_drop",
    "face_width",
)


def measure_geometry(X: Any) -> NDArray[np.float32]:
    """Return (N, 14), as `GEOMETRY` names them, of facial points (N, 68, 2): x right, y down.

    Unit: the distance between the eyes, and radians. Position, size and tilt of the head have no
    effect.
    """
    points = check_array(X, allow_nd=True, dtype=np.float64)
    if points.shape[1:] != (68, 2):
        raise ValueError(f"expected points (N, 68, 2), got {points.shape}")
    level = align_eyes(points)
    return np.stack([*_upper(level), *_lower(level)], axis=1).astype(np.float32)


def align_eyes(points: Array) -> Array:
    """Return points (N, 68, 2) with the middle of the eyes at 0, level, and at distance 1."""
    right, left = points[:, RIGHT_EYE].mean(axis=1), points[:, LEFT_EYE].mean(axis=1)  # (N, 2)
    across = left - right
    # (x, y) as x + iy: dividing by the vector between the eyes removes size and tilt.
    way = across[:, 0] + 1j * across[:, 1]
    if not np.all(np.abs(way) > 0):
        raise ValueError("expected two eyes apart, got both in one point")
    moved = points - (right + left)[:, None] / 2
    turned = (moved[..., 0] + 1j * moved[..., 1]) / way[:, None]
    return np.stack([turned.real, turned.imag], axis=-1)


def _upper(points: Array) -> list[Array]:
    eyes = [points[:, RIGHT_EYE], points[:, LEFT_EYE]]
    brows = [points[:, RIGHT_BROW], points[:, LEFT_BROW]]
    heights = [
        eye[..., 1].mean(axis=1) - brow[..., 1].mean(axis=1)
        for eye, brow in zip(eyes, brows, strict=True)
    ]
    inner, outer = (points[:, 21], points[:, 22]), (points[:, 17], points[:, 26])
    angles = [
        np.arctan2(a[:, 1] - b[:, 1], np.abs(a[:, 0] - b[:, 0]))
        for a, b in zip(inner, outer, strict=True)
    ]
    return [*map(_eye_openness, eyes), *heights, *angles, _distance(points, 21, 22)]


def _lower(points: Array) -> list[Array]:
    corners = (points[:, MOUTH_RIGHT, 1] + points[:, MOUTH_LEFT, 1]) / 2
    middle = (points[:, UPPER_LIP, 1] + points[:, LOWER_LIP, 1]) / 2
    return [
        _distance(points, MOUTH_RIGHT, MOUTH_LEFT),
        _distance(points, UPPER_LIP, LOWER_LIP),
        _distance(points, INNER_UPPER, INNER_LOWER),
        middle - corners,  # positive where the corners are up
        _distance(points, NOSE, UPPER_LIP),
        _distance(points, NOSE, CHIN),
        _distance(points, JAW_RIGHT, JAW_LEFT),
    ]


def _eye_openness(eye: Array) -> Array:
    """Return an eye's height over its width (Soukupová and Čech 2016), of its six points."""
    tall = _length(eye[:, 1] - eye[:, 5]) + _length(eye[:, 2] - eye[:, 4])
    return tall / (2 * _length(eye[:, 0] - eye[:, 3]))


def _distance(points: Array, one: int, other: int) -> Array:
    return _length(points[:, one] - points[:, other])


def _length(way: Array) -> Array:
    return np.asarray(np.linalg.norm(way, axis=-1))
