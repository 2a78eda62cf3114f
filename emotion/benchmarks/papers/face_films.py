"""Videos of faces as VideoMAE's clips, read from disk batch by batch."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from emotion.benchmarks.papers.clip_data import FaceFilm
from emotion.datasets import WrongFolder
from emotion.datasets.formats import openface
from emotion.networks.videomae import CLIP_S, FRAMES, LARGER, VideoSource, crop, make_clips
from emotion.semantics.ffmpeg import BrokenVideo, read_frames

# Sixteen frames of four seconds.
FPS = FRAMES / CLIP_S
TOGETHER = 8
FILM_ENDINGS = (".mp4", ".avi", ".mkv", ".webm", ".mov")


@dataclass(frozen=True, slots=True)
class FilmClips:
    """How films become clips: their side in pixels, and the margin around the face."""

    side: int
    margin: float = LARGER

    def read(self, face: FaceFilm) -> Tensor:
        """Return a film's clips (C, 16, 3, S, S), cropped to the face."""
        frames = read_frames(face.film, FPS)
        times, points = _read_points(face)
        at = np.clip(np.searchsorted(times, np.arange(len(frames)) / FPS), 0, len(times) - 1)
        return make_clips(frames, _fill(points[at]), FPS, self.side, self.margin)

    def make_source(self, faces: Sequence[FaceFilm], levels: NDArray[np.float32]) -> VideoSource:
        """Return films with the levels (N, 2) of each."""

        def batches(generator: torch.Generator) -> Iterable[tuple[Tensor, Tensor]]:
            for index in torch.randperm(len(faces), generator=generator).tolist():
                clips = self.read(faces[index])
                targets = torch.from_numpy(levels[index]).expand(len(clips), -1)
                yield from zip(
                    torch.split(clips, TOGETHER), torch.split(targets, TOGETHER), strict=True
                )

        return VideoSource(batches, levels.shape[1])


def make_general_source(folder: Path, side: int) -> VideoSource:
    """Return `<class>/<film>` of a folder as Kinetics-400 has them, without a crop to a face.

    Raises
    ------
    WrongFolder
        If there are fewer than two classes with films.
    """
    films = sorted(path for path in folder.glob("*/*") if path.suffix in FILM_ENDINGS)
    classes = sorted({path.parent.name for path in films})
    if len(classes) < 2:
        raise WrongFolder(f"{folder}: expected <class>/<film>.mp4 of two classes or more")

    def batches(generator: torch.Generator) -> Iterator[tuple[Tensor, Tensor]]:
        for index in torch.randperm(len(films), generator=generator).tolist():
            film = films[index]
            clip = _crop_middle(read_frames(film, FPS, most=FRAMES), side)
            yield clip[None], torch.tensor([classes.index(film.parent.name)])

    return VideoSource(batches, len(classes))


def find_readable(faces: Sequence[FaceFilm | None]) -> tuple[NDArray[np.int64], str]:
    """Return the rows whose film can be read and cropped, and why others cannot."""
    checks: Sequence[Callable[[FaceFilm | None], str]] = (_find_missing, _find_fault)
    said = [next(filter(None, (check(face) for check in checks)), "") for face in faces]
    why = next((each for each in said if each), "")
    return np.array([at for at, each in enumerate(said) if not each], np.int64), why


def _find_missing(face: FaceFilm | None) -> str:
    if face is None:
        return "the videos of the faces are not in the data"
    return "" if face.table else "OpenFace's <film>.csv is not beside each video of a face"


def _find_fault(face: FaceFilm | None) -> str:
    if face is None or face.table is None:
        return ""
    found = openface.read_points(face.table)
    if found is None:
        return f"{face.table.name} has no landmarks: run OpenFace with -2Dfp"
    if np.isnan(found[1]).all():
        return f"{face.table.name} has no frame with a face"
    try:
        read_frames(face.film, FPS, most=1)
    except BrokenVideo as wrong:
        return f"{face.film.name} cannot be read: {wrong}"
    return ""


def _read_points(face: FaceFilm) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    found = None if face.table is None else openface.read_points(face.table)
    if found is None:
        raise WrongFolder(f"{face.film}: expected OpenFace's landmarks, found none")
    return found


def _fill(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return points (T, 68, 2) with the nearest known frame's where no face was seen."""
    known = np.flatnonzero(~np.isnan(points).any(axis=(1, 2)))
    if not len(known):
        raise WrongFolder("expected a face in one of the frames that are read, found none")
    nearest = np.abs(np.arange(len(points))[:, None] - known).argmin(axis=1)
    return np.asarray(points[known[nearest]])


def _crop_middle(frames: NDArray[np.uint8], side: int) -> Tensor:
    """Return the middle square of sixteen frames; a shorter film's last frame is repeated."""
    height, width = frames.shape[1:3]
    length = min(height, width)
    at = np.minimum(np.arange(FRAMES), len(frames) - 1)
    return crop(frames[at], ((height - length) / 2, (width - length) / 2, length), side)
