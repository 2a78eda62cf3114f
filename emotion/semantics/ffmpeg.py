"""ffmpeg: conversion to paper 1's format (1280 × 720, 25 fps, 1000 kbit/s), and still pictures.

For course videos and data sets on disk only; never for a learner's camera.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

WIDTH, HEIGHT, FPS, BITRATE = 1280, 720, 25, "1000k"
LONGEST_S = 3600
_PPM = re.compile(rb"P6\s+(\d+)\s+(\d+)\s+255\s")
_RAW = ("-f", "rawvideo", "-pix_fmt")

Pictures = NDArray[np.uint8]


class BrokenVideo(ValueError):
    """ffmpeg cannot read the file."""


def find_program() -> str:
    """Return ffmpeg of the wheel `imageio-ffmpeg`; never one installed on the machine."""
    from imageio_ffmpeg import get_ffmpeg_exe

    return str(get_ffmpeg_exe())


def normalise(video: Path, into: Path) -> Path:
    """Write `video` to `into` in paper 1's format, with bars if its aspect ratio differs.

    Raises
    ------
    BrokenVideo
        If ffmpeg cannot read it; `into` then does not exist.
    """
    scale = f"scale={WIDTH}:{HEIGHT}:force_original_aspect_ratio=decrease"
    pad = f"pad={WIDTH}:{HEIGHT}:-1:-1"
    form = ["-vf", f"{scale},{pad},setsar=1", "-r", str(FPS), "-b:v", BITRATE, "-an"]
    try:
        _run([*_read_arguments(video), *form, "-y", str(into)])
    except BrokenVideo:
        into.unlink(missing_ok=True)
        raise
    return into


def extract_pictures(video: Path, times_s: Sequence[float], size: int = 224) -> Pictures:
    """Return (N, size, size, 3): RGB pictures of `video` at `times_s`; beyond its end, the last
    one.

    Raises
    ------
    BrokenVideo
        If ffmpeg reads no picture at all.
    """
    return _extract(video, times_s, f"scale={size}:{size}", (size, size))


def extract_slides(video: Path, times_s: Sequence[float], size: tuple[int, int]) -> Pictures:
    """Return (N, H, W, 3) for `size` (H, W): whole pictures, filled up with black.

    Raises
    ------
    BrokenVideo
        As `extract_pictures`.
    """
    height, width = size
    scale = f"scale={width}:{height}:force_original_aspect_ratio=decrease"
    return _extract(video, times_s, f"{scale},pad={width}:{height}", size)


def read_grey_frames(video: Path, fps: int, size: tuple[int, int]) -> NDArray[np.uint8]:
    """Return (N, H, W): `fps` small grey pictures a second of the whole video, in one pass.

    Raises
    ------
    BrokenVideo
        If ffmpeg cannot read it.
    """
    height, width = size
    form = ["-vf", f"fps={fps},scale={width}:{height}:flags=area", *_RAW, "gray", "-"]
    one_thread = ["-threads", "1"]
    raw = _run([*_read_arguments(video, one_thread), *one_thread, "-an", *form])
    return np.frombuffer(raw, np.uint8).reshape(-1, height, width)


def _extract(video: Path, times_s: Sequence[float], form: str, size: tuple[int, int]) -> Pictures:
    height, width = size
    found: list[Pictures] = []
    for time_s in times_s:
        seek = ["-ss", f"{time_s:.3f}"]
        raw = _run(
            [*_read_arguments(video, seek), "-frames:v", "1", "-vf", form, *_RAW, "rgb24", "-"]
        )
        if len(raw) == height * width * 3:
            found.append(np.frombuffer(raw, np.uint8).reshape(height, width, 3))
        elif found:
            found.append(found[-1])
        else:
            raise BrokenVideo(f"{video.name}: no picture at {time_s:g} s")
    return np.stack(found)


def read_frames(
    video: Path, fps: float, *, first_s: float = 0.0, most: int | None = None
) -> NDArray[np.uint8]:
    """Return (T, H, W, 3): RGB pictures of `video` in its own size, `fps` a second.

    Parameters
    ----------
    first_s : float
        Where to begin.
    most : int or None
        How many pictures at most.

    Raises
    ------
    BrokenVideo
        If ffmpeg reads no picture at all.
    """
    source = [find_program(), "-v", "error", "-ss", f"{first_s:.3f}", "-i", str(video)]
    count = [] if most is None else ["-frames:v", str(most)]
    form = ["-vf", f"fps={fps:g}", *count, "-f", "image2pipe", "-c:v", "ppm", "-"]
    raw, at, found = _run([*source, *form]), 0, []
    while at < len(raw):
        head = _PPM.match(raw, at)
        if head is None:
            raise BrokenVideo(f"{video.name}: ffmpeg gave something else than pictures")
        width, height = int(head[1]), int(head[2])
        at = head.end() + width * height * 3
        pixels = np.frombuffer(raw[head.end() : at], np.uint8)
        found.append(pixels.reshape(height, width, 3))
    if not found:
        raise BrokenVideo(f"{video.name}: no picture from {first_s:g} s")
    return np.stack(found)


def _read_arguments(video: Path, options: Sequence[str] = ()) -> list[str]:
    return [find_program(), "-v", "error", *options, "-i", str(video)]


def _run(command: Sequence[str]) -> bytes:
    found = subprocess.run(command, capture_output=True, check=False, timeout=LONGEST_S)
    if found.returncode:
        said = found.stderr.decode(errors="replace").strip().splitlines()
        raise BrokenVideo(said[-1] if said else f"ffmpeg ended with {found.returncode}")
    return found.stdout
