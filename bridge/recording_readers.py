"""Readers of recordings that can be replayed: Empatica E4, OpenFace CSV, Consensys exports."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from attune_client.blocks import StreamDevice, scale_for
from bridge import shimmer
from bridge.recording import RecordedStream, ReplayableRecording
from emotion.datasets import WrongFolder
from emotion.datasets.formats import empatica, openface
from emotion.datasets.formats.number_files import decode
from emotion.datasets.formats.openface import Frames
from emotion.streams import stream

E4, OPENFACE = "empatica_e4", "openface"
# The E4 writes its pulse wave in hundredths, and acceleration in 64ths of a g.
BVP_STEP, ACC_STEP = 0.01, 1000 / 64
# OpenFace reports AU28 only as present or absent; "present" becomes the lowest intensity.
PRESENT = 1.0
AU28 = openface.AUS.index(28)
# Width of an adult's face, from cheekbone to cheekbone.
FACE_MM = 140.0
FACE_HZ = 10.0
# How many bytes suffice to recognise a file.
HEAD = 20_000


def read_recording(path: Path) -> ReplayableRecording:
    """Read the recording at `path`. Raises WrongFolder if it is of no known kind."""
    if path.is_dir():
        return read_e4(path)
    if not path.is_file():
        raise WrongFolder(f"{path}: expected a recording, found none")
    with path.open("rb") as file:
        head = decode(file.read(HEAD))
    if "gaze_0_x" in head:
        return read_openface(path)
    if shimmer.MARK in head:
        return shimmer.read(path)
    raise WrongFolder(
        f"{path}: expected an Empatica E4 folder, OpenFace's CSV or a Consensys export"
    )


def read_e4(folder: Path) -> ReplayableRecording:
    """Read an Empatica E4 folder."""
    recording = empatica.read(folder)
    found = recording.streams
    scales = {"acc": ACC_STEP}
    if "ppg" in found:
        peak = float(np.abs(found["ppg"].values).max())
        scales["ppg"] = scale_for(peak, BVP_STEP)
    return ReplayableRecording(
        [
            RecordedStream(
                StreamDevice(name, E4, scales.get(name, 1.0)),
                0.0 if stream(name).events else 1 / rows.period_s,
                rows.times,
                rows.values.astype(np.float64),
            )
            for name, rows in found.items()
        ],
        recording.notes,
    )


def read_openface(path: Path) -> ReplayableRecording:
    """Read OpenFace's output for a video, at about 10 Hz; frames without a face are left out."""
    frames = openface.read(path)
    every = max(1, round(_rate(frames) / FACE_HZ))
    sound = np.flatnonzero(frames.sound)
    # Keep the first frame with a face of each group of frames.
    keep = sound[np.unique(sound // every, return_index=True)[1]]
    if not len(keep):
        raise WrongFolder(f"{path}: expected a face in some frame, found none")
    rate_hz, times = _rate(frames) / every, frames.times[keep]
    return ReplayableRecording(
        [
            RecordedStream(StreamDevice("face", OPENFACE), rate_hz, times, _face(frames)[keep]),
            RecordedStream(StreamDevice("gaze", OPENFACE), rate_hz, times, _gaze(frames)[keep]),
        ],
        frames.notes,
    )


def _rate(frames: Frames) -> float:
    times = frames.times[np.isfinite(frames.times)]
    return float(1 / np.median(np.diff(times))) if len(times) > 1 else FACE_HZ


def _face(frames: Frames) -> openface.Array:
    """Return rows (T, 44): 18 intensities, their confidence, turns, position, blink, quality."""
    strength = frames.intensity.copy()
    strength[:, AU28] = PRESENT * frames.presence[:, AU28]
    sure = np.clip(frames.confidence, 0, 1)[:, None]
    pitch, yaw, roll = frames.pose[:, 3:].T
    blink = frames.presence[:, openface.AUS.index(45)]
    return np.column_stack(
        [
            strength,
            np.repeat(sure, len(openface.AUS), axis=1),
            *(yaw, pitch, roll),
            frames.pose[:, :3] / FACE_MM,
            blink,
            sure,
        ]
    )


def _gaze(frames: Frames) -> openface.Array:
    """Return rows (T, 8) of both eyes; the place on the screen is unknown for a video."""
    unknown = np.full(len(frames.times), np.nan)
    return np.column_stack([frames.gaze, unknown, np.clip(frames.confidence, 0, 1)])
