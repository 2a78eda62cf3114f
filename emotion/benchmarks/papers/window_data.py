"""Windows of ten seconds from recordings of people who watch videos: vlmed and mahnob.

Letters in shapes: S seconds, F features, N Windows, C channels.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from emotion.benchmarks.papers import film_texts
from emotion.datasets import WrongFolder
from emotion.datasets.corpora import mahnob, manifest
from emotion.datasets.corpora.trials import TrialSignal
from emotion.evaluation.dataset import WindowStudy
from emotion.labels import PAPER_1

STEPS = 10
SEMANTICS = "semantics"
# Paper 1 gives no bands; these are the usual ones, Hz.
BANDS_HZ = ((4.0, 8.0), (8.0, 13.0), (13.0, 30.0), (30.0, 45.0))
CLASSES = tuple(str(label).lower() for label in PAPER_1)

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class WatchedStretch:
    """One person's labelled stretch of one video; features (S, F) by modality."""

    person: str
    video: str
    t0: float
    features: Mapping[str, Array]
    labels: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class WatchedData:
    """A data set as studies.

    Attributes
    ----------
    studies : mapping from (target, kind of semantics) to WindowStudy
        Kind "none" has no semantics.
    kinds : sequence of str
        Kinds of semantics that the folder gives.
    notes : sequence of str
    """

    studies: Mapping[tuple[str, str], WindowStudy]
    kinds: Sequence[str]
    notes: Sequence[str]


def load_vlmed(folder: Path) -> WatchedData:
    """Return a folder with `manifest.csv`, as VLMED would be."""
    found, left_out = [], 0
    for clip in manifest.iterate_clips(folder):
        if clip.label.lower() not in CLASSES:
            left_out += 1
            continue
        seconds = range(int(np.ceil(clip.t1 - clip.t0)))
        features = {
            name: _summarise_seconds(series.times - clip.t0, series.values, len(seconds))
            for name, series in (
                (n, clip.read_series(n)) for n in ("gaze", "ppg") if n in clip.files
            )
        }
        found.append(
            WatchedStretch(clip.person, clip.video, clip.t0, features, {"": clip.label.lower()})
        )
    notes = [f"{left_out} clips with other labels than {', '.join(CLASSES)}"] if left_out else []
    return _make_data(found, {"": CLASSES}, folder, notes)


def load_mahnob(folder: Path) -> WatchedData:
    """Return MAHNOB-HCI with three classes of arousal and of valence."""
    found = [_describe_session(one) for one in mahnob.iterate_sessions(folder)]
    targets = {"arousal": tuple(mahnob.AROUSAL), "valence": tuple(mahnob.VALENCE)}
    return _make_data(found, targets, folder, [])


def measure_bands(signal: TrialSignal) -> Array:
    """Return (S, 4 C): the log power of each electrode's four bands in each second."""
    rate = round(signal.rate_hz)
    seconds = len(signal.values) // rate
    rows = signal.values[: seconds * rate].reshape(seconds, rate, -1)  # (S, R, C)
    power = np.abs(np.fft.rfft(rows - rows.mean(axis=1, keepdims=True), axis=1)) ** 2 / rate
    hertz = np.fft.rfftfreq(rate, 1 / rate)
    each = [power[:, (hertz >= lo) & (hertz < hi)].sum(axis=1) for lo, hi in BANDS_HZ]
    return np.asarray(np.log(np.concatenate(each, axis=1) + 1e-6), np.float64)


def _describe_session(session: mahnob.MahnobSession) -> WatchedStretch:
    trial, features = session.trial, {"eeg": measure_bands(session.trial.signals["eeg"])}
    if session.gaze is not None:
        seconds = len(features["eeg"])
        features["gaze"] = _summarise_seconds(session.gaze.times, session.gaze.values, seconds)
    labels = {"arousal": session.arousal, "valence": session.valence}
    return WatchedStretch(trial.person, trial.video, 0.0, features, labels)


def _summarise_seconds(times: Array, values: Array, seconds: int) -> Array:
    """Return (S, 3 C): mean, deviation and mean step of each channel in each second; NaN if none.

    Papers 1, 3 and 33 of paper 1's list give other features, without formulas.
    """
    place = np.floor(times).astype(int)
    found = np.full((seconds, 3 * values.shape[1]), np.nan)
    for second in range(seconds):
        rows = values[place == second]
        rows = rows[np.isfinite(rows).all(axis=1)]
        if len(rows):
            steps = np.abs(np.diff(rows, axis=0)).mean(axis=0) if len(rows) > 1 else 0 * rows[0]
            found[second] = np.concatenate([rows.mean(axis=0), rows.std(axis=0), steps])
    return found


def _make_data(
    found: Sequence[WatchedStretch],
    targets: Mapping[str, tuple[str, ...]],
    folder: Path,
    notes: Sequence[str],
) -> WatchedData:
    if not found:
        raise WrongFolder(f"{folder}: expected labelled recordings, found none")
    plain = {target: _join(found, target, classes) for target, classes in targets.items()}
    texts = film_texts.read_texts(folder)
    kinds = film_texts.list_kinds(texts)
    studies = {(target, "none"): study for target, study in plain.items()}
    videos = [one.video for one in found for _ in _iterate_cuts(one)]
    within = np.array([one.t0 + at for one in found for at in _iterate_cuts(one)], np.float64)
    for kind in kinds:
        rows = film_texts.encode_windows(texts, kind, videos, within)
        studies |= {(n, kind): _add_semantics(study, rows) for n, study in plain.items()}
    return WatchedData(studies, kinds, notes)


def _iterate_cuts(one: WatchedStretch) -> Iterator[int]:
    """Yield the first second of each Window; the last may be shorter."""
    yield from range(0, max(len(x) for x in one.features.values()) if one.features else 0, STEPS)


def _join(found: Sequence[WatchedStretch], target: str, classes: tuple[str, ...]) -> WindowStudy:
    widths = {n: x.shape[1] for one in found for n, x in one.features.items()}
    x, facts = [], []
    people = {name: code for code, name in enumerate(sorted({one.person for one in found}))}
    videos = {name: code for code, name in enumerate(sorted({one.video for one in found}))}
    for one in found:
        for at in _iterate_cuts(one):
            x.append(_cut(one, at, widths))
            facts.append(
                (
                    classes.index(one.labels[target]),
                    people[one.person],
                    videos[one.video],
                    at + one.t0,
                )
            )
    if not facts:
        raise WrongFolder("expected a signal of one second or more in a recording, found none")
    labels, who, what, times = np.array(facts).T
    return WindowStudy(
        x=np.stack(x).astype(np.float32),
        inputs={name: widths[name] for name in sorted(widths)},
        labels=labels.astype(np.int64),
        people=who.astype(np.int64),
        videos=what.astype(np.int64),
        times=times,
        classes=classes,
        window_s=float(STEPS),
    )


def _cut(one: WatchedStretch, at: int, widths: Mapping[str, int]) -> Array:
    """Return (10, F) of all modalities, NaN where there is none."""
    cut = np.full((STEPS, sum(widths.values())), np.nan)
    place = 0
    for name in sorted(widths):
        rows = one.features.get(name, np.zeros((0, widths[name])))[at : at + STEPS]
        if rows.shape[1] != widths[name]:
            raise WrongFolder(
                f"{one.person}: expected {widths[name]} features of {name} in every "
                f"recording, got {rows.shape[1]}"
            )
        cut[: len(rows), place : place + widths[name]] = rows
        place += widths[name]
    return cut


def _add_semantics(study: WindowStudy, rows: NDArray[np.float32]) -> WindowStudy:
    repeated = np.repeat(rows[:, None], STEPS, axis=1)
    x = np.concatenate([study.x, repeated], axis=-1)
    return replace(study, x=x, inputs={**study.inputs, SEMANTICS: rows.shape[1]})
