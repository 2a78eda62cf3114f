"""Data augmentation (paper 3): pictures rotated and shifted, series cut to windows.

For training data only; test data are never augmented.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.float32]


def augment_face(picture: Picture, rng: np.random.Generator) -> Picture:
    """Return a face (C, H, W), 0-1, randomly flipped (half of the time), cropped and recoloured."""
    flipped = picture[:, :, ::-1] if rng.random() < 0.5 else picture
    return change_colour(crop(flipped, rng), rng)


def augment_interface(picture: Picture, rng: np.random.Generator) -> Picture:
    """Return a picture of a page (C, H, W), 0-1, scaled, rotated a little, and with noise."""
    turned = scale_and_rotate(picture, scale=rng.uniform(0.9, 1.1), degrees=rng.uniform(-5.0, 5.0))
    return add_noise(turned, rng)


def crop(picture: Picture, rng: np.random.Generator, least: float = 0.85) -> Picture:
    """Return a random crop (C, H, W), `least` to all of each side, resized to the full size."""
    height, width = picture.shape[1:]
    share = rng.uniform(least, 1.0)
    top, left = (rng.uniform(0.0, side * (1.0 - share)) for side in (height, width))
    rows = top + share * np.arange(height)
    columns = left + share * np.arange(width)
    return interpolate(picture, *np.meshgrid(rows, columns, indexing="ij"))


def change_colour(picture: Picture, rng: np.random.Generator, most: float = 0.2) -> Picture:
    """Return a picture (C, H, W) with other brightness, contrast and, with 3 colours, tint."""
    contrast = rng.uniform(1.0 - most, 1.0 + most)
    bright = rng.uniform(-most, most)
    tint = rng.uniform(-most / 2, most / 2, (len(picture), 1, 1)) if len(picture) > 1 else 0.0
    mean = picture.mean()
    changed = (picture - mean) * contrast + mean + bright + tint
    return np.asarray(np.clip(changed, 0.0, 1.0), np.float32)


def scale_and_rotate(picture: Picture, *, scale: float, degrees: float) -> Picture:
    """Return a picture (C, H, W) scaled and rotated about its centre; edges are repeated.

    Positive degrees turn clockwise, as rows go down.
    """
    height, width = picture.shape[1:]
    middle = np.array([(height - 1) / 2, (width - 1) / 2])[:, None, None]
    y, x = np.indices((height, width)) - middle
    cos, sin = np.cos(np.deg2rad(degrees)) / scale, np.sin(np.deg2rad(degrees)) / scale
    rows, columns = cos * y - sin * x, sin * y + cos * x
    return interpolate(picture, rows + middle[0], columns + middle[1])


def add_noise(picture: Picture, rng: np.random.Generator, deviation: float = 0.02) -> Picture:
    """Return a picture (C, H, W), 0-1, with Gaussian noise added to every value."""
    noisy = picture + rng.normal(0.0, deviation, picture.shape)
    return np.clip(noisy, 0.0, 1.0).astype(np.float32)


def cut_windows(values: NDArray[np.float32], length: int, hop: int) -> NDArray[np.float32]:
    """Return every window of `length` steps, `hop` apart, of a series (T, F): (N, length, F).

    Windows overlap if `hop` < `length`. They belong to one person, so keep them on one side of a
    split.

    Raises
    ------
    ValueError
        If length or hop is not at least 1.
    """
    if min(length, hop) < 1:
        raise ValueError(f"expected length and hop of at least 1, got {length} and {hop}")
    starts = range(0, len(values) - length + 1, hop)
    cut = [values[at : at + length] for at in starts]
    return np.stack(cut) if cut else np.zeros((0, length, values.shape[1]), np.float32)


def interpolate(
    picture: Picture, rows: NDArray[np.float64], columns: NDArray[np.float64]
) -> Picture:
    """Return a picture (C, H, W) interpolated linearly at points (H', W'); edges are repeated."""
    height, width = picture.shape[1:]
    rows, columns = np.clip(rows, 0, height - 1), np.clip(columns, 0, width - 1)
    top, left = (
        np.minimum(np.floor(p), side - 1) for p, side in ((rows, height), (columns, width))
    )
    down, across = rows - top, columns - left
    above, before = top.astype(int), left.astype(int)
    below, after = np.minimum(above + 1, height - 1), np.minimum(before + 1, width - 1)
    upper = picture[:, above, before] * (1 - across) + picture[:, above, after] * across
    lower = picture[:, below, before] * (1 - across) + picture[:, below, after] * across
    return np.asarray(upper * (1 - down) + lower * down, np.float32)
