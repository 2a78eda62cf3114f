"""Rows of `benchmark signals`: pulse features compared with planted and public truth."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import signal as sp

from emotion.benchmarks import _public_signals as public
from emotion.datasets.formats import empatica
from emotion.features import pulse, pulse_columns
from emotion.features.resampling import STEPS
from emotion.signals.filters import resample
from emotion.simulate.pulse import load_emission, simulate_pulse_waves
from emotion.simulate.stream_rows import StreamRows
from emotion.streams import stream
from emotion.windows import Chunk, Track, cut_track, make_track

Array = NDArray[np.float64]
Row = Mapping[str, object]

_READ = {"ppg": pulse.ppg_features, "ecg": pulse.ecg_features}
# The rates of the devices that send each Stream.
_RATES = (("ppg", 55.0), ("ppg", 64.0), ("ppg", 130.0), ("ecg", 130.0))
_SHARES = ("hr", "log_rmssd", "breath_rate")
_HR, _RMSSD, _BREATH = (pulse_columns.NAMES.index(name) for name in _SHARES)
_SIMULATED = 40
_BREATH_BAND = sp.butter(2, (0.1, 0.6), "bandpass", fs=public.NEUROKIT_HZ, output="sos")


def measure_simulated() -> Row:
    """Waves of `emotion.simulate.pulse` at 64 Hz: the planted rate, RMSSD and breaths."""
    found, planted = [], []
    for seed in range(_SIMULATED):
        rng = np.random.default_rng([30, seed])
        bpm, rmssd_ms, breaths = rng.uniform((55, 15, 10), (100, 60, 24)).tolist()
        wave = _simulate(bpm, rmssd_ms, breaths, rng)
        found.append(_read(_cut("ppg", wave, 64.0, 60.0), "ppg", 60.0)[-1])
        planted.append((bpm, rmssd_ms, breaths))
    values, truth = np.array(found), np.array(planted)
    return _row(
        "simulated",
        "ppg 64 Hz",
        values,
        hr_mae_bpm=_mean_difference(values[:, _HR], truth[:, 0]),
        rmssd_mae_ms=_mean_difference(np.exp(values[:, _RMSSD]), truth[:, 1]),
        breath_mae=_mean_difference(values[:, _BREATH], truth[:, 2]),
    )


def measure_speed() -> Iterator[Row]:
    """CPU time of 30 s of a recording at each rate: the fastest of some calls."""
    wave = _simulate(70, 30, 15, np.random.default_rng(0))
    for name, rate_hz in _RATES:
        track, spent = _cut(name, resample(wave, 64.0, rate_hz), rate_hz, 60.0), []
        for _ in range(20):
            began = time.process_time()
            _READ[name](track, 60.0)
            spent.append(1000 * (time.process_time() - began))
        row = {"task": "CPU of pulse features", "data": "simulated"}
        yield {**row, "stream": f"{name} {rate_hz:g} Hz", "cpu_ms_30_s": min(spent)}


def compare_two_sensors(folder: Path) -> Iterator[Row]:
    """Record a103l: every rate compared with the ECG at 130 Hz."""
    ecg, ppg = public.read_a103l(folder)
    known = _read_all("ecg", ecg, public.A103L_HZ, 130.0)
    for name, rate_hz in _RATES:
        found = _read_all(name, ppg if name == "ppg" else ecg, public.A103L_HZ, rate_hz)
        yield _row(
            "a103l",
            f"{name} {rate_hz:g} Hz",
            found,
            hr_difference_bpm=_mean_difference(found[:, _HR], known[:, _HR]),
            breath_difference=_mean_difference(found[:, _BREATH], known[:, _BREATH]),
        )


def compare_with_belt(folder: Path) -> Row:
    """NeuroKit's recording: breaths from the ECG compared with the respiration belt's."""
    path = public.find_file(folder, "neurokit_bio_100Hz.csv")
    named = np.genfromtxt(path, delimiter=",", names=True)
    ecg, belt = (np.asarray(named[name], np.float64) for name in ("ECG", "RSP"))
    found = _read_all("ecg", 1000 * ecg, public.NEUROKIT_HZ, 130.0)
    breaths = np.repeat([_count_breaths(belt, end) for end in _list_ends(len(ecg) / 100)], STEPS)
    return _row(
        "NeuroKit bio_100Hz",
        "ecg 130 Hz",
        found,
        breath_difference=_mean_difference(found[:, _BREATH], breaths),
    )


def compare_wrists(folder: Path, say: Callable[[str], None]) -> Row:
    """Wrist PPG: a step's rate compared with the device's intervals in the same 5 s, and its rate.

    The device's rate is a mean over about 10 s, so it follows later.
    """
    people = []
    for at in sorted(path.parent for path in folder.rglob("BVP.csv")):
        say(f"pulse features of wrist {at.name}")
        people.append(_read_wrist(at))
    return _row(
        f"wrists of {len(people)} people",
        "ppg 64 Hz",
        np.concatenate([found for found, _, _ in people]),
        hr_mae_bpm_device_intervals=_mean([_mean_difference(f[:, _HR], k) for f, k, _ in people]),
        hr_mae_bpm_device_rate=_mean([_mean_difference(f[:, _HR], k) for f, _, k in people]),
    )


def _row(data: str, sensor: str, found: Array, **figures: float | None) -> Row:
    """Return a row with the shares of steps that have a rate, a variability and a respiration."""
    released = {
        f"{name}_released": float(np.isfinite(found[:, pulse_columns.NAMES.index(name)]).mean())
        for name in _SHARES
    }
    return {"task": "pulse features", "data": data, "stream": sensor, **released, **figures}


def _simulate(bpm: float, rmssd_ms: float, breaths: float, rng: np.random.Generator) -> Array:
    """Return 60 s (N,) at 64 Hz without motion."""
    emission, at = load_emission(), np.arange(60.0)
    latent = np.zeros((len(at), len(emission.channels)))
    for name, value in (("variability", rmssd_ms), ("breath_rate", breaths)):
        column = emission.channels.index(name)
        latent[:, column] = (np.log(value) - emission.base[column]) / emission.scale[column]
    latent[:, emission.channels.index("motion")] = -100
    heart = StreamRows(at, np.tile(np.array([0, bpm, 0, 1], np.float32), (len(at), 1)))
    wave = simulate_pulse_waves(emission, latent, heart, rng).ppg
    return np.asarray(wave.values[:, 0], np.float64)


def _cut(name: str, values: Array, rate_hz: float, t1: float) -> Track:
    rows = [Chunk(0.0, rate_hz, values[:, None].astype(np.float32))]
    return make_track(stream(name), rows, t0=t1 - pulse_columns.SPAN_S, t1=t1, backend="")


def _read(track: Track, name: str, t1: float) -> Array:
    """Return (10, 8), NaN where masked."""
    values, mask = _READ[name](track, t1)
    return np.where(mask, values, np.nan)


def _read_all(name: str, values: Array, rate_hz: float, to_hz: float) -> Array:
    """Return every step (N, 8) of a recording at another rate, 10 s by 10 s."""
    even = resample(values, rate_hz, to_hz)
    ends = _list_ends(len(values) / rate_hz)
    return np.concatenate([_read(_cut(name, even, to_hz, end), name, end) for end in ends])


def _list_ends(seconds: float) -> list[float]:
    return np.arange(pulse_columns.SPAN_S, seconds + 1e-6, STEPS).tolist()


def _count_breaths(belt: Array, end: float) -> float:
    """Return breaths a minute of a respiration belt in the 30 s before `end`; NaN without two."""
    cut = belt[
        round((end - pulse_columns.SPAN_S) * public.NEUROKIT_HZ) : round(end * public.NEUROKIT_HZ)
    ]
    moved = sp.sosfiltfilt(_BREATH_BAND, cut)
    crests, _ = sp.find_peaks(moved, prominence=max(0.5 * moved.std(), 1e-9))
    return float(60 * public.NEUROKIT_HZ / np.diff(crests).mean()) if len(crests) > 1 else np.nan


def _read_wrist(folder: Path) -> tuple[Array, Array, Array]:
    """Return all steps (N, 8), the rate by the device's intervals (N,), and the device's rate."""
    streams = empatica.read(folder).streams
    if not {"ppg", "heart"} <= set(streams):
        return np.zeros((0, len(pulse_columns.NAMES))), np.zeros(0), np.zeros(0)
    ppg, heart = streams["ppg"], streams["heart"]
    found, ends = [], _list_ends(float(ppg.times[-1]))
    for end in ends:
        track = cut_track(
            stream("ppg"),
            ppg.times,
            ppg.values,
            t0=end - pulse_columns.SPAN_S,
            t1=end,
            backend=empatica.BACKEND,
            period_s=ppg.period_s,
        )
        found.append(_read(track, "ppg", end))
    steps = np.array(ends)[:, None] - np.arange(STEPS - 1, -1, -1, dtype=np.float64)
    return np.concatenate(found), *_device_rates(heart, steps.ravel())


def _device_rates(heart: empatica.EmpaticaRows, ends: Array) -> tuple[Array, Array]:
    """Return by step: 60 s over the device's mean interval of the last 5 s, and its rate."""
    by_interval, rate = np.full(len(ends), np.nan), np.full(len(ends), np.nan)
    for n, end in enumerate(ends):
        last = heart.values[(heart.times >= end - pulse.NEAR) & (heart.times < end)]
        if len(last) == pulse.NEAR:
            rate[n] = last[-1, 1]
            by_interval[n] = 60_000 / last[:, 2].mean()  # NaN if a second had no interval
    return by_interval, rate


def _mean_difference(found: Array, known: Array) -> float | None:
    """Return the mean difference where both are known; None if they never are."""
    both = np.abs(found - known)
    return float(np.nanmean(both)) if np.isfinite(both).any() else None


def _mean(errors: list[float | None]) -> float | None:
    """Return the mean over people; None if there is no error."""
    known = [each for each in errors if each is not None]
    return float(np.mean(known)) if known else None
