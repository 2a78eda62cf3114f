"""Cuts: changes of scene in each segment of a film, from small grey pictures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from emotion.semantics import ffmpeg
from emotion.semantics.caption_segments import SEGMENT_S

FPS, SIZE = 2, (36, 64)
# A cut changes this share of the picture by this much of 255 within half a second; assumed.
SHARE, CHANGED_BY = 0.05, 20


def count_cuts(video: Path, segments: int) -> NDArray[np.float32]:
    """Return the number of cuts in each segment (S,).

    Raises
    ------
    ffmpeg.BrokenVideo
        If ffmpeg cannot read the video.
    """
    times = find_cuts(ffmpeg.read_grey_frames(video, FPS, SIZE))
    found = np.bincount((times // SEGMENT_S).astype(int), minlength=segments)
    return found[:segments].astype(np.float32)


def find_cuts(frames: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Return the times (C,) in s at which frames (N, H, W) show another scene; a fade is one."""
    difference = np.abs(np.diff(frames.astype(np.int16), axis=0))
    changed = (difference > CHANGED_BY).mean(axis=(1, 2)) >= SHARE  # (N − 1,)
    begins = np.flatnonzero(changed & ~np.append(False, changed[:-1]))
    return np.asarray((begins + 1) / FPS)
