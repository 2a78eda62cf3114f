"""Eye movements of a recording as a webcam shows them: rows of the gaze Stream, 10 a second.

Fixations follow each other at the pace of that second; they lie on lines of text or anywhere in the
region of interest. The sizes are in `eye_effects.json`, each with a source or "assumed".
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter
from scipy.special import ndtri

from emotion.simulate.effects import Emission, read_emission
from emotion.simulate.stream_rows import StreamRows, apply_links

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]
Table = Mapping[str, float]

EYE_EFFECTS_FILE = Path(__file__).with_name("eye_effects.json")

ROWS = 10  # a second
# Durations of fixations are gamma distributed with this shape: a spread of half the mean.
SHAPE = 4.0
# How much of its place a fixation keeps of the one before; the shift's size follows from it.
NEAR = 0.6
# Duration of a saccade, s and s a degree (Carpenter 1988).
SACCADE_S, SACCADE_S_DEG = 0.021, 0.0022
# The page knows a person's usual direction after as many rows (`sensors/face/gaze.js`).
REST_ROWS = 25
ON_SCREEN_DEG, ON_SCREEN_SLOPE_DEG = np.degrees(0.35), np.degrees(0.07)
# Shares of blinks that hide a second and a third row. Assumed.
LONGER, LONGEST = 0.6, 0.2
# Turning the head lowers the picture's quality. Assumed.
TURNED = 0.2


@dataclass(frozen=True, slots=True)
class EyeEffects:
    """Coefficients of eye movements: of the latents, of a webcam, of what is looked at."""

    emission: Emission
    webcam: Table
    scene: Table


@cache
def load_eye_effects() -> EyeEffects:
    """Return the coefficients in the file."""
    raw = json.loads(EYE_EFFECTS_FILE.read_text(encoding="utf-8"))
    tables = (
        MappingProxyType({name: float(cell[0]) for name, cell in raw[part].items()})
        for part in ("webcam", "scene")
    )
    return EyeEffects(read_emission(raw["channels"]["gaze"]), *tables)


def simulate_gaze(emission: Emission, latent: Array, rng: np.random.Generator) -> StreamRows:
    """Return gaze rows of a recording from latents (T, C), one a second; blinks hide both eyes."""
    known = load_eye_effects()
    pace = apply_links(emission, latent, rng)
    times = np.arange(ROWS * len(latent)) / ROWS
    onsets = _draw_onsets(pace["fixation_s"], rng)
    eyes = _follow(onsets, _draw_places(pace, onsets, known.scene, rng), times)
    away = _turn_away(pace["off_screen"], known.scene, rng)  # (T, 2)
    seen = _film(eyes, np.repeat(away, ROWS, axis=0), known.webcam, rng)  # (N, 2 eyes, 2)
    turned = np.repeat(away.any(axis=1), ROWS)
    values = np.column_stack(
        [
            _point(seen[:, 0]),
            _point(seen[:, 1]),
            _judge_on_screen(seen.mean(axis=1)),
            _draw_quality(np.repeat(pace["quality"], ROWS), turned, rng),
        ]
    )
    values[_draw_blinks(np.repeat(pace["blinks"], ROWS) / ROWS, rng), :7] = np.nan
    return StreamRows(times, values.astype(np.float32))


def _draw_onsets(mean_s: Array, rng: np.random.Generator) -> Array:
    """Return (K,) starts of fixations, s: a renewal process on a clock that runs at their pace."""
    beats = np.concatenate([[0.0], np.cumsum(1 / np.clip(mean_s, 0.1, 2.0))])
    gaps = rng.gamma(SHAPE, 1 / SHAPE, int(beats[-1] + 6 * np.sqrt(beats[-1]) + 20))
    at = np.concatenate([[0.0], np.cumsum(gaps)])
    return np.asarray(np.interp(at[at < beats[-1]], beats, np.arange(len(beats))), np.float64)


def _draw_places(
    pace: Mapping[str, Array], onsets: Array, scene: Table, rng: np.random.Generator
) -> Array:
    """Return (K, 2), deg right and down: where each fixation is."""
    second = onsets.astype(np.int64)
    reading = _draw_spells(pace["reading"], scene["spell_memory"], rng)[second]
    text = _read_lines(rng.random(len(onsets)) < pace["regressions"][second], scene, rng)
    free = _look_around(pace, second, scene, rng)
    places = np.where(reading[:, None], text, free)
    moved = rng.random(len(onsets)) < pace["moves"][second]
    moved[0] = True
    kept = np.maximum.accumulate(np.where(moved, np.arange(len(moved)), 0))
    return np.asarray(places[kept])


def _read_lines(back: Flags, scene: Table, rng: np.random.Generator) -> Array:
    """Return (K, 2) along lines of text, with regressions where `back`, in one direction."""
    words = scene["word_deg"] * rng.lognormal(0.0, 0.3, len(back)) * np.where(back, -1.0, 1.0)
    line, x = np.divmod(np.cumsum(words), scene["line_deg"])
    y = scene["line_gap_deg"] * (line % scene["lines"] - scene["lines"] / 2)
    sign = -1.0 if rng.random() < scene["right_to_left"] else 1.0
    return np.stack([sign * (x - scene["line_deg"] / 2), y], axis=1)


def _look_around(
    pace: Mapping[str, Array], second: NDArray[np.int64], scene: Table, rng: np.random.Generator
) -> Array:
    """Return (K, 2): near the place before, in a region that moves slowly."""
    size = pace["shift_deg"][second] / np.sqrt(4 * (1 - NEAR))
    near = _draw_autoregression(len(second), NEAR, rng) * size[:, None]
    region = _draw_autoregression(len(pace["shift_deg"]), scene["spell_memory"], rng)
    return np.asarray(near + (region * pace["roaming_deg"][:, None])[second])


def _follow(onsets: Array, places: Array, times: Array) -> Array:
    """Return (N, 2): where the eyes are at each row, between two places during a saccade."""
    at = np.searchsorted(onsets, times, side="right") - 1
    before = places[np.maximum(at - 1, 0)]
    way = places[at] - before
    lasts = SACCADE_S + SACCADE_S_DEG * np.hypot(*way.T)
    return np.asarray(before + way * np.minimum((times - onsets[at]) / lasts, 1.0)[:, None])


def _turn_away(share: Array, scene: Table, rng: np.random.Generator) -> Array:
    """Return (T, 2), deg: where the head is turned in each second, 0 at the screen."""
    off = _draw_spells(share, scene["spell_memory"], rng)
    spell = np.cumsum(np.diff(off, prepend=False) & off)
    side = rng.uniform(0, 2 * np.pi, int(spell[-1]) + 1)[spell]
    turn = scene["away_deg"] * np.stack([np.cos(side), np.sin(side)], axis=1)
    return np.asarray(turn * off[:, None])


def _film(eyes: Array, away: Array, webcam: Table, rng: np.random.Generator) -> Array:
    """Return (N, 2, 2), deg: what a webcam shows of both eyes; a turn of the head in full."""
    gain = webcam["gain"] * rng.lognormal(0.0, webcam["gain_spread"])
    noise = webcam["noise_deg"] * rng.lognormal(0.0, webcam["noise_spread"])
    bias = rng.normal(0.0, webcam["bias_deg"], 2) + rng.normal(0, webcam["vergence_deg"], (2, 2))
    head = webcam["head_deg"] * _draw_autoregression(len(eyes), 0.99, rng)
    shown = gain * eyes + head + away + rng.normal(0.0, noise, eyes.shape)
    return shown[:, None] + bias + rng.normal(0.0, noise / 2, (len(eyes), 2, 2))


def _point(angles: Array) -> Array:
    """Return (N, 3): unit vectors in the camera's coordinates (x right, y down, z away)."""
    yaw, pitch = np.radians(angles).T
    flat = np.cos(pitch)
    return np.stack([np.sin(yaw) * flat, np.sin(pitch), -np.cos(yaw) * flat], axis=1)


def _judge_on_screen(angles: Array) -> Array:
    """Return (N,): as the page, by distance from the usual direction; NaN before it is known."""
    off = np.hypot(*(angles - np.median(angles[:REST_ROWS], axis=0)).T)
    likely = 1 / (1 + np.exp((off - ON_SCREEN_DEG) / ON_SCREEN_SLOPE_DEG))
    likely[:REST_ROWS] = np.nan
    return np.asarray(likely)


def _draw_quality(mean: Array, turned: Flags, rng: np.random.Generator) -> Array:
    return np.clip(mean - TURNED * turned + rng.normal(0.0, 0.05, len(mean)), 0.0, 1.0)


def _draw_blinks(share: Array, rng: np.random.Generator) -> Flags:
    """Return (N,): rows without eyes; a blink begins with this probability and hides 1 to 3."""
    first = rng.random(len(share)) < share
    longer = rng.random(len(share))
    hidden = first.copy()
    hidden[1:] |= (first & (longer < LONGER))[:-1]
    hidden[2:] |= (first & (longer < LONGEST))[:-2]
    return hidden


def _draw_spells(share: Array, memory: float, rng: np.random.Generator) -> Flags:
    """Return (T,): a slow process is below the quantile of `share` of each second."""
    return np.asarray(_draw_autoregression(len(share), memory, rng)[:, 0] < ndtri(share))


def _draw_autoregression(rows: int, memory: float, rng: np.random.Generator) -> Array:
    """Return (N, 2) of first-order autoregressions with variance 1 from the first row."""
    shocks = rng.normal(0.0, np.sqrt(1 - memory**2), (rows, 2))
    shocks[0] /= np.sqrt(1 - memory**2)
    return np.asarray(lfilter([1.0], [1.0, -memory], shocks, axis=0))
