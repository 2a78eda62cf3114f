"""DAiSEE for paper 3: a picture, facial points and action units of each clip, and its state."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from emotion.benchmarks.affect.fold_jobs import Kept
from emotion.benchmarks.affect.result_store import ResultStore
from emotion.datasets import WrongFolder
from emotion.datasets.corpora import daisee
from emotion.datasets.formats import openface
from emotion.evaluation.dataset import WindowStudy
from emotion.networks.videomae import LARGER, face_box
from emotion.semantics.ffmpeg import BrokenVideo, read_frames

CLIP_S, STEPS = 10.0, 10
UNITS = 2 * len(openface.AUS)
GREY = np.array([0.299, 0.587, 0.114], np.float32)


@dataclass(frozen=True, slots=True)
class FaceData:
    """Clips with one strongest state.

    Attributes
    ----------
    pictures, points, units : WindowStudy or None
        (N, side, side), (N, 68, 2), (N, 10, 36); each of the clips that have it.
    people, clips : int
    notes : sequence of str
        What was left out.
    """

    pictures: WindowStudy | None
    points: WindowStudy | None
    units: WindowStudy | None
    people: int
    clips: int
    notes: Sequence[str]


def load_daisee(folder: Path, side: int, state: ResultStore) -> FaceData:
    """Return DAiSEE; each person's pictures are stored, as reading them takes hours."""
    splits = [split for split in daisee.SPLITS if (_root(folder) / split).is_dir()]
    found = daisee.read(folder, splits or daisee.SPLITS)
    by_person = defaultdict[str, list[daisee.DaiseeClip]](list)
    tied = 0
    for clip in found.clips:
        if find_state(clip) is None:
            tied += 1
        else:
            by_person[clip.person].append(clip)
    if not by_person:
        raise WrongFolder(f"{folder}: expected clips with one strongest state, found none")
    rows = [
        state.remember(f"load_{person}_{side}", partial(_read_clips, clips, side))
        for person, clips in sorted(by_person.items())
    ]
    notes = [f"{tied} clips with no single strongest state"] if tied else []
    notes += [f"{len(found.without_label)} clips without a label"] * bool(found.without_label)
    notes += [f"{len(found.without_film)} labels without a clip"] * bool(found.without_film)
    people = np.repeat(np.arange(len(rows)), [len(row["labels"]) for row in rows])
    joined = {n: np.concatenate([row[n] for row in rows]) for n in rows[0]} | {"people": people}
    pictures, points, units = (
        _make_study(joined, name) for name in ("pictures", "points", "units")
    )
    return FaceData(
        pictures,
        points,
        units,
        people=len(rows),
        clips=len(people),
        notes=notes,
    )


def find_state(clip: daisee.DaiseeClip) -> int | None:
    """Return the number of the strongest state, None if two are equally strong."""
    levels = np.array([clip.levels[name] for name in daisee.STATES])
    best = np.flatnonzero(levels == levels.max())
    return int(best[0]) if len(best) == 1 else None


def _root(folder: Path) -> Path:
    return (folder / "DAiSEE" if (folder / "DAiSEE").is_dir() else folder) / "DataSet"


def _read_clips(clips: Sequence[daisee.DaiseeClip], side: int) -> Kept:
    """Return a person's clips; NaN where a clip has no picture or no face."""
    read = [_read_clip(clip, side) for clip in clips]
    names = [clip.film.stem for clip in clips]
    return {
        "pictures": np.stack([picture for picture, _, _ in read]),
        "points": np.stack([points for _, points, _ in read]),
        "units": np.stack([units for _, _, units in read]),
        "labels": np.array([find_state(clip) for clip in clips], np.int64),
        # A clip is named by person (6 digits), video (1) and number (3).
        "videos": np.array([_digits(name[6:7]) for name in names], np.int64),
        "times": np.array([CLIP_S * _digits(name[7:]) for name in names], np.float64),
    }


def _read_clip(
    clip: daisee.DaiseeClip, side: int
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """Return the middle picture (side, side), its points (68, 2) and the units (10, 36)."""
    points = np.full((68, 2), np.nan)
    units = np.full((STEPS, UNITS), np.nan, np.float32)
    table = clip.film.with_suffix(".csv")
    if table.is_file():
        units = _average_units(openface.read(table))
        if (found := openface.read_points(table)) is not None:
            points = found[1][int(np.argmin(np.abs(found[0] - CLIP_S / 2)))]
    return _cut_face(clip.film, points, side), points.astype(np.float32), units


def _average_units(frames: openface.Frames) -> NDArray[np.float32]:
    """Return the mean presence and intensity of each second, NaN where no face was seen."""
    rows = np.concatenate([frames.presence, frames.intensity], axis=1)
    found = np.full((STEPS, UNITS), np.nan, np.float32)
    for second in range(STEPS):
        inside = (np.floor(frames.times) == second) & frames.sound
        if inside.any():
            found[second] = rows[inside].mean(axis=0)
    return found


def _cut_face(film: Path, points: NDArray[np.float64], side: int) -> NDArray[np.float32]:
    """Return the grey face of the middle frame, 0-1, or the frame's middle without points."""
    try:
        frame = read_frames(film, 2.0, first_s=CLIP_S / 2, most=1)[0]
    except BrokenVideo:
        return np.full((side, side), np.nan, np.float32)
    height, width = frame.shape[:2]
    length = float(min(height, width))
    top, left = (height - length) / 2, (width - length) / 2
    if not np.isnan(points).any():
        top, left, length = face_box(points[None], LARGER)
    steps = (np.arange(side) + 0.5) * length / side
    rows = np.clip(np.rint(top + steps - 0.5), 0, height - 1).astype(int)
    columns = np.clip(np.rint(left + steps - 0.5), 0, width - 1).astype(int)
    return np.asarray(frame[rows[:, None], columns] @ GREY / 255, np.float32)


def _make_study(joined: Kept, name: str) -> WindowStudy | None:
    """Return the clips that have an input, with the states that occur among them."""
    x = joined[name]
    flat = np.isnan(x.reshape(len(x), -1))
    there = ~(flat.all(axis=1) if name == "units" else flat.any(axis=1))
    if not there.any():
        return None
    known = np.unique(joined["labels"][there])
    return WindowStudy(
        x=x[there],
        inputs={"face": x.shape[-1]},
        labels=np.searchsorted(known, joined["labels"][there]),
        people=joined["people"][there],
        videos=joined["videos"][there],
        times=joined["times"][there],
        classes=tuple(daisee.STATES[code] for code in known),
        window_s=CLIP_S,
    )


def _digits(text: str) -> int:
    return int(text) if text.isdigit() else 0
