"""Paper 2's clips: a face at 18 Hz and filtered physiology at 128 Hz, of DEAP, AMIGOS or simulated
people.

Letters in shapes: N clips, T steps, F features.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from emotion.datasets import WrongFolder
from emotion.datasets.corpora import amigos, deap
from emotion.datasets.corpora.trials import VideoTrial
from emotion.datasets.formats import openface
from emotion.evaluation.dataset import WindowStudy
from emotion.features.clip import PHYSIOLOGY_HZ, VIDEO_HZ, shape
from emotion.features.resampling import Steps
from emotion.models.mvp import train as mvp_train
from emotion.models.mvp.network import PHYSIOLOGY, VIDEO
from emotion.models.mvp.predictor import SIDES
from emotion.signals import hrv
from emotion.signals.filters import ECG, EDA, PPG, prepare
from emotion.signals.heart_rate import read_ecg, read_ppg
from emotion.simulate import effects as coefficients
from emotion.simulate.cohort import Plan, iterate_recordings
from emotion.training.sequence_fit import SequenceSeries

TARGETS = ("valence", "arousal")
CLASSES = ("low", "high")
UNITS = 42
# Assumed time between the starts of two videos of one person: the files give the order only.
APART_S = 120.0

Array = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class FaceFilm:
    """A video of a face, and OpenFace's table of it if there is one."""

    film: Path
    table: Path | None


@dataclass(frozen=True, slots=True)
class WatchedClip:
    """One person's clip; features of each side (T, F) and what is masked."""

    person: str
    video: str
    number: int
    sides: Mapping[str, Steps]
    heart: str
    levels: tuple[int, int]
    face: FaceFilm | None = None


@dataclass(frozen=True, slots=True)
class ClipData:
    """Clips as MVP's input, and as hand-crafted features for each target.

    Attributes
    ----------
    series : SequenceSeries
    studies : mapping from target to WindowStudy
        One step of hand-crafted features by side, in the order of the series.
    faces : sequence of FaceFilm or None
    notes : sequence of str
    """

    series: SequenceSeries
    studies: Mapping[str, WindowStudy]
    faces: Sequence[FaceFilm | None]
    notes: Sequence[str]

    @property
    def sides(self) -> set[str]:
        """Return the sides that at least one clip has."""
        return {name for name, mask in self.series.masks.items() if mask.any()}


def load_deap(folder: Path) -> ClipData:
    """Return DEAP: PPG and EDA, high above 5."""
    trials = ((deap.iterate_trials(folder, person)) for person in deap.list_people(folder))
    found = _convert_trials((t for each in trials for t in each), "ppg", deap.THRESHOLD, 0.0)
    return make_data(*found, folder)


def load_amigos(folder: Path) -> ClipData:
    """Return AMIGOS's short films: ECG and EDA without the first second, high above 4.5."""
    trials = ((amigos.iterate_trials(folder, person)) for person in amigos.list_people(folder))
    found = _convert_trials(
        (t for each in trials for t in each), "ecg", amigos.THRESHOLD, amigos.CUT_S
    )
    return make_data(*found, folder)


def simulate_clips(people: int, segments: tuple[int, ...], seed: int, size: float) -> ClipData:
    """Return clips of simulated people; `size` scales every effect, 0 = no signal at all."""
    effects, rng = coefficients.load().scale_effects(size), np.random.default_rng(seed)
    plan = Plan(people, effects, segments=segments)
    found = []
    for recording in iterate_recordings(plan, rng=rng):
        for number, clip in enumerate(mvp_train.iterate_clips(recording, rng)):
            levels = (int(clip.levels[0]), int(clip.levels[1]))
            found.append(
                WatchedClip(
                    f"{recording.person:04d}",
                    str(recording.video),
                    number,
                    _join_streams(clip.features),
                    "ppg",
                    levels,
                )
            )
    return make_data(found, [], Path())


def make_data(found: Sequence[WatchedClip], notes: Sequence[str], folder: Path) -> ClipData:
    """Return clips padded to the longest, with hand-crafted features for each target."""
    if not found:
        raise WrongFolder(f"{folder}: expected a rated clip with physiology, found none")
    lengths = {n: max(len(one.sides[n].values) for one in found) for n in (VIDEO, PHYSIOLOGY)}
    padded = {n: [_pad(one.sides[n], count) for one in found] for n, count in lengths.items()}
    people = _code([one.person for one in found])
    series = SequenceSeries(
        {n: np.stack([each.values for each in rows]) for n, rows in padded.items()},
        {n: np.stack([each.mask for each in rows]) for n, rows in padded.items()},
        targets=np.array([one.levels for one in found], np.float32),
        people=people,
    )
    crafted = {
        VIDEO: [_describe_face(one.sides[VIDEO]) for one in found],
        PHYSIOLOGY: [_describe_body(one) for one in found],
    }
    study = WindowStudy(
        x=np.concatenate([np.stack(crafted[n]) for n in sorted(crafted)], axis=1)[:, None],
        inputs={n: len(crafted[n][0]) for n in sorted(crafted)},
        labels=np.zeros(len(found), np.int64),
        people=people,
        videos=_code([one.video for one in found]),
        times=np.array([one.number * APART_S for one in found]),
        classes=CLASSES,
        window_s=APART_S,
    )
    levels = np.array([one.levels for one in found], np.int64)
    studies = {n: replace(study, labels=levels[:, k]) for k, n in enumerate(TARGETS)}
    return ClipData(series, studies, [one.face for one in found], notes)


def _convert_trials(
    trials: Iterable[VideoTrial], heart: str, threshold: float, cut_s: float
) -> tuple[list[WatchedClip], list[str]]:
    found, left_out, order = [], 0, dict[str, int]()
    for trial in trials:
        order[trial.person] = order.get(trial.person, -1) + 1
        valence, arousal = (trial.high(name, threshold) for name in TARGETS)
        if valence is None or arousal is None or not {heart, "eda"} & set(trial.signals):
            left_out += 1
            continue
        face = _find_face(trial.face)
        sides = {PHYSIOLOGY: _read_body(trial, heart, cut_s), VIDEO: _read_face(face)}
        found.append(
            WatchedClip(
                trial.person,
                trial.video,
                order[trial.person],
                sides,
                heart,
                (valence, arousal),
                face,
            )
        )
    notes = [f"{left_out} trials without ratings or without physiology"] if left_out else []
    return found, notes


def _read_body(trial: VideoTrial, heart: str, cut_s: float) -> Steps:
    """Return heart and skin (T, 2) as paper 2 filters and standardises them."""
    bands = {"ppg": PPG, "ecg": ECG, "eda": EDA}
    rows = [
        prepare(trial.signals[name].values, bands[name], trial.signals[name].rate_hz, cut_s=cut_s)
        if name in trial.signals
        else np.zeros(0)
        for name in (heart, "eda")
    ]
    values = np.zeros((max(map(len, rows)), 2), np.float32)
    mask = np.zeros(values.shape, np.bool_)
    for column, signal in enumerate(rows):
        values[: len(signal), column], mask[: len(signal), column] = signal, True
    return Steps(values, mask)


def _find_face(film: Path | None) -> FaceFilm | None:
    if film is None:
        return None
    table = film.with_suffix(".csv")
    return FaceFilm(film, table if table.is_file() else None)


def _read_face(face: FaceFilm | None) -> Steps:
    """Return OpenFace's 42 features (T, 42) at 18 Hz; masked where it saw no face."""
    if face is None or face.table is None:
        return Steps(np.zeros((0, UNITS), np.float32), np.zeros((0, UNITS), np.bool_))
    frames = openface.read(face.table)
    at = np.arange(0, frames.times[-1], 1 / VIDEO_HZ)
    row = np.maximum(np.searchsorted(frames.times, at, side="right") - 1, 0)
    values = frames.features()[row].astype(np.float32)
    return Steps(values, np.repeat(frames.sound[row][:, None], UNITS, axis=1))


def _join_streams(streams: Mapping[str, Steps]) -> dict[str, Steps]:
    video = _place(streams, SIDES)
    signals = {"ppg" if "ppg" in streams else "ecg": 1, "eda": 1}
    return {VIDEO: video, PHYSIOLOGY: _place(streams, signals)}


def _place(streams: Mapping[str, Steps], widths: Mapping[str, int]) -> Steps:
    """Return streams of one rate side by side; a missing one is masked."""
    count = max((len(streams[n].values) for n in widths if n in streams), default=0)
    values = np.zeros((count, sum(widths.values())), np.float32)
    mask, at = np.zeros(values.shape, np.bool_), 0
    for name, width in widths.items():
        if name in streams:
            steps = streams[name]
            values[: len(steps.values), at : at + width] = steps.values
            mask[: len(steps.values), at : at + width] = steps.mask
        at += width
    return Steps(values, mask)


def _pad(steps: Steps, count: int) -> Steps:
    missing = ((0, count - len(steps.values)), (0, 0))
    return Steps(np.pad(steps.values, missing), np.pad(steps.mask, missing))


def _describe_face(steps: Steps) -> Array:
    """Return (84,): each feature's mean and deviation over the seen steps, NaN without a face."""
    if not steps.mask.any():
        return np.full(2 * UNITS, np.nan, np.float32)
    held = np.where(steps.mask, steps.values, np.nan)
    seen = held[:, steps.mask.any(axis=0)]
    found = np.full((2, UNITS), np.nan, np.float32)
    found[:, steps.mask.any(axis=0)] = np.nanmean(seen, axis=0), np.nanstd(seen, axis=0)
    return found.ravel()


def _describe_body(one: WatchedClip) -> Array:
    """Return (9,): rate and variability of the heart, and the shapes of heart and skin."""
    steps = one.sides[PHYSIOLOGY]
    parts = [Steps(steps.values[:, [k]], steps.mask[:, [k]]) for k in (0, 1)]
    shapes = [shape(part) if part.mask.any() else np.full(3, np.nan, np.float32) for part in parts]
    return np.concatenate([_describe_heart(parts[0], one.heart), *shapes]).astype(np.float32)


def _describe_heart(steps: Steps, heart: str) -> Array:
    read: Callable[..., object] = read_ppg if heart == "ppg" else read_ecg
    rows = steps.values[steps.mask]
    found = np.full(3, np.nan, np.float32)
    if len(rows) < PHYSIOLOGY_HZ * 10:
        return found
    beats = read(rows.astype(np.float64), PHYSIOLOGY_HZ).intervals  # type: ignore[attr-defined]
    good = beats.length_s[beats.good]
    sizes = (hrv.sdnn_ms(beats, 0.0), hrv.rmssd_ms(beats, 0.0))
    known = [60 / good.mean() if len(good) else None, *sizes]
    found[:] = [np.nan if size is None else size for size in known]
    return found


def _code(names: Sequence[str]) -> NDArray[np.int64]:
    return np.unique(names, return_inverse=True)[1].astype(np.int64)
