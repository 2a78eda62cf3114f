"""A simulated wristband's pulse wave that follows the recording's heart rate and its latent values.

The states change amplitude, breathing, variability and motion by `pulse_effects.json`; all sizes
are assumed, none measured. Every row is simulated.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter1d

from emotion.simulate.effects import Emission, read_emission
from emotion.simulate.stream_rows import StreamRows, apply_links
from emotion.streams import stream

PULSE_EFFECTS_FILE = Path(__file__).with_name("pulse_effects.json")
PPG_HZ, ECG_HZ = 64.0, 130.0

# Everything below is assumed. A device's units for the height of a pulse.
_UNITS = (300.0, 3000.0)
# Body and pulse do not change within a second: latent values are means over so many.
_SMOOTH_S = 10
# Modulation by an ordinary breath: of the amplitude and the baseline, relative to the pulse.
_AMPLITUDE_SHARE, _BASELINE_SHARE = 0.08, 0.15
# Share of the squared RMSSD that follows the breath; the rest is independent from beat to beat.
_BREATH_SHARE = 0.5
# Blood pressure sways beats too: Mayer waves, Hz, and by how many s.
_MAYER_HZ, _MAYER_S = 0.1, 0.03
_SLOWEST_BPM, _FASTEST_BPM = 30.0, 200.0
_NOISE = 0.02
# A burst of motion: its length in s, its frequency in Hz, its height in pulses.
_BURST_S, _BURST_HZ, _BURST_HEIGHT = (0.5, 2.0), (0.7, 4.0), (1.0, 3.0)
# Crest and echo of a pulse: place and width in shares of the beat, height.
_CRESTS = ((0.25, 0.09, 1.0), (0.55, 0.12, 0.35))
# The same of an ECG: P wave, R peak, T wave; its size in µV, and how far breath changes it.
_ECG_CRESTS = ((0.02, 0.025, 0.12), (0.2, 0.012, 1.0), (0.5, 0.06, 0.25))
_MICROVOLTS, _ECG_SHARE = (700.0, 1500.0), 0.05
_SHAPE_POINTS = 512
# Beats are drawn this long before and after the recording too.
_MARGIN_S = 3.0

Array = NDArray[np.float64]
Crest = tuple[float, float, float]


@cache
def load_emission() -> Emission:
    """Return the coefficients of `pulse_effects.json`."""
    raw = json.loads(PULSE_EFFECTS_FILE.read_text(encoding="utf-8"))
    return read_emission(raw["channels"]["ppg"])


class PulseWaves(NamedTuple):
    """A person's pulse at the wrist and at the chest, from the same beats."""

    ppg: StreamRows
    ecg: StreamRows


def simulate_pulse_waves(
    emission: Emission, latent: Array, heart: StreamRows, rng: np.random.Generator
) -> PulseWaves:
    """Return a PPG (N, 1) at 64 Hz in a device's units, and an ECG (M, 1) at 130 Hz in µV.

    Parameters
    ----------
    emission : Emission
        Of the channels in `pulse_effects.json`.
    latent : (T, C)
        Latent values at each second.
    heart : StreamRows
        The person's heart rows; the pulse has their rate.
    """
    seconds = len(latent)
    smooth = uniform_filter1d(latent, _SMOOTH_S, axis=0, mode="nearest")
    levels = apply_links(emission, smooth, rng)
    at = np.arange(round(seconds * PPG_HZ)) / PPG_HZ
    spread = {name: np.interp(at, np.arange(seconds), each) for name, each in levels.items()}
    breath = _accumulate(spread["breath_rate"] / 60, rng)
    beats = _draw_beats(at, _smooth_rate(heart), breath, spread, rng)
    wave = _shape_pulses(at, beats, _CRESTS) * (1 + _breathe(_AMPLITUDE_SHARE, breath, spread))
    wave += _breathe(_BASELINE_SHARE, breath + rng.uniform(0, np.pi), spread)
    wave += _NOISE * rng.standard_normal(len(at))
    wave = wave * spread["amplitude"] + _draw_motion(levels["motion"], rng)
    sway = _breathe(_ECG_SHARE, breath, spread)
    return PulseWaves(
        _make_rows("ppg", at, rng.uniform(*_UNITS) * wave), _simulate_ecg(at, beats, sway, rng)
    )


def _simulate_ecg(at: Array, beats: Array, sway: Array, rng: np.random.Generator) -> StreamRows:
    times = np.arange(round(at[-1] * ECG_HZ)) / ECG_HZ
    wave = _shape_pulses(times, beats, _ECG_CRESTS) * (1 + np.interp(times, at, sway))
    wave += _NOISE * rng.standard_normal(len(times))
    return _make_rows("ecg", times, rng.uniform(*_MICROVOLTS) * wave)


def _make_rows(name: str, times: Array, wave: Array) -> StreamRows:
    lo, hi = stream(name).limits()
    values = np.clip(np.rint(wave), lo[0], hi[0])
    return StreamRows(times, values[:, None].astype(np.float32))


def _smooth_rate(heart: StreamRows) -> tuple[Array, Array]:
    """Return the rows' times and beats a second."""
    rate = uniform_filter1d(heart.values[:, 1].astype(np.float64), _SMOOTH_S, mode="nearest")
    return heart.times, np.clip(rate, _SLOWEST_BPM, _FASTEST_BPM) / 60


def _accumulate(rate_hz: Array, rng: np.random.Generator) -> Array:
    """Return the phase (N,) in rad of an oscillation of this frequency (N,) at `PPG_HZ`."""
    return np.asarray(2 * np.pi * (np.cumsum(rate_hz) / PPG_HZ + rng.random()))


def _breathe(share: float, breath: Array, spread: Mapping[str, Array]) -> Array:
    """Return the modulation (N,) of this share at an ordinary depth; at most a half."""
    return np.asarray(np.minimum(share * spread["breath_depth"], 0.5) * np.sin(breath))


def _draw_beats(
    at: Array,
    heart: tuple[Array, Array],
    breath: Array,
    spread: Mapping[str, Array],
    rng: np.random.Generator,
) -> Array:
    """Return the beats' times (B,): evenly at the rate, then moved by breath, Mayer wave, chance.

    Displacements by `d cos(phase)` change the intervals by `2 d sin(step / 2) sin(phase)`, with
    `step` the phase from beat to beat. So `d` is set to give the RMSSD in `spread["variability"]`.
    """
    known = np.arange(-_MARGIN_S, at[-1] + _MARGIN_S, 1 / PPG_HZ)
    turns = np.cumsum(np.interp(known, *heart)) / PPG_HZ
    beats = np.interp(np.arange(1, turns[-1]), turns, known)
    phase, spread_s = np.interp(beats, at, breath), np.interp(beats, at, spread["variability"])
    step = np.gradient(known, turns, edge_order=1)
    step = np.interp(beats, known, step) * np.interp(beats, at, spread["breath_rate"] / 60)
    sway = np.maximum(np.sin(np.pi * step), 0.2) ** 2 * np.sqrt(8)
    moved = np.sqrt(_BREATH_SHARE) / sway * np.cos(phase)
    moved += np.sqrt((1 - _BREATH_SHARE) / 6) * rng.standard_normal(len(beats))
    mayer = _MAYER_S * np.sin(2 * np.pi * (_MAYER_HZ * beats + rng.random()))
    return np.maximum.accumulate(beats + moved * spread_s / 1000 + mayer)


def _shape_pulses(at: Array, beats: Array, crests: tuple[Crest, ...]) -> Array:
    """Return (N,) pulses of height 1, one from each beat to the next."""
    place = np.arange(_SHAPE_POINTS) / _SHAPE_POINTS
    shape = np.zeros(_SHAPE_POINTS)
    for middle, width, height in crests:
        away = (place - middle + 0.5) % 1 - 0.5
        shape += height * np.exp(-0.5 * (away / width) ** 2)
    shape = (shape - shape.mean()) / np.ptp(shape)
    turns = np.interp(at, beats, np.arange(len(beats)))
    return np.asarray(np.interp(turns % 1, place, shape, period=1))


def _draw_motion(chance: Array, rng: np.random.Generator) -> Array:
    """Return (N,) bursts of motion that begin with this chance in each second (T,)."""
    total = np.zeros(round(len(chance) * PPG_HZ))
    for second in np.flatnonzero(rng.random(len(chance)) < chance).tolist():
        since = np.arange(round(rng.uniform(*_BURST_S) * PPG_HZ)) / PPG_HZ
        swing = np.sin(2 * np.pi * (rng.uniform(*_BURST_HZ) * since + rng.random()))
        hull = rng.uniform(*_BURST_HEIGHT) * np.sin(np.pi * since / since[-1]) ** 2
        here = total[round(second * PPG_HZ) :][: len(since)]
        here += (swing * hull)[: len(here)]
    return total
