"""Conversion of latent values to rows of the Streams, in the channels and units of
`streams.json`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from emotion.simulate.effects import Emission
from emotion.streams import stream

Array = NDArray[np.float64]
Columns = dict[str, Array]

# The backend of all rows that are simulated.
SOURCE = "simulated"

# Latent values change once a second; a face tracker adds its own jitter to every frame.
FRAME_JITTER = 0.3
FRAMES = 10
TYPING_S = 5
FEWEST_TIMED_KEYS = 8
STILL = 0.01  # viewport diagonals in a second


class StreamRows(NamedTuple):
    """Rows (N, C) float32 of a Stream at times (N,), s since the Sitting began."""

    times: Array
    values: NDArray[np.float32]


def apply_links(emission: Emission, latent: Array, rng: np.random.Generator) -> Columns:
    """Return each channel's values (T,): its link at base + scale x latent."""
    arguments = emission.base + emission.scale * latent  # (T, C)
    return {
        name: _LINKS[link](arguments[:, column], rng)
        for column, (name, link) in enumerate(zip(emission.channels, emission.links, strict=True))
    }


def make_pointer(emission: Emission, latent: Array, rng: np.random.Generator) -> StreamRows:
    """Return 1-Hz pointer rows; without motion the shape is unknown, without a click the
    hesitation.
    """
    v = apply_links(emission, latent, rng)
    moving = 1 - v["idle_s"]
    path = v["path"] * moving
    still = path < STILL
    v |= {"path": path, "net": path * np.where(still, 1.0, v["straightness"])}
    v["speed_mean"] = path / np.maximum(moving, 0.05)
    v["speed_max"] = v["speed_mean"] * (1 + rng.exponential(0.5, len(path)))
    v |= {name: np.where(still, np.nan, v[name]) for name in ("straightness", "curvature")}
    v["turns"] = np.where(still, 0.0, v["turns"])
    v["hesitation_s"] = np.where(v["clicks"] == 0, np.nan, v["hesitation_s"])
    scrolling = (rng.random(len(path)) < 0.15) | (_column(emission, latent, "scroll") > 2.5)
    v |= {name: v[name] * scrolling for name in ("scroll", "scroll_turns")}
    return _rows("pointer", np.arange(len(path), dtype=np.float64), v)


def make_typing(
    emission: Emission, latent: Array, rng: np.random.Generator, share: float
) -> StreamRows:
    """Return typing rows each 5 s; keys come in bouts of half a minute, `share` of the time."""
    rows = len(latent) // TYPING_S
    means = latent[: rows * TYPING_S].reshape(rows, TYPING_S, -1).mean(axis=1)  # (N, C)
    v = apply_links(emission, means, rng)
    bout = np.repeat(rng.random(rows // 6 + 1) < share, 6)[:rows]
    counts = ("chr", "edit", "nav", "ctl", "pauses", "bursts")
    v |= {name: v[name] * bout for name in counts}
    timed = v["chr"] + v["edit"] + v["nav"] + v["ctl"] >= FEWEST_TIMED_KEYS
    v |= {name: np.where(timed, v[name], np.nan) for name in v if name not in counts}
    return _rows("typing", TYPING_S * np.arange(rows, dtype=np.float64), v)


def make_activity(emission: Emission, latent: Array, rng: np.random.Generator) -> StreamRows:
    """Return 1-Hz activity rows; an invisible page has no focus and is not full screen."""
    v = apply_links(emission, latent, rng)
    v["visible"] = (rng.random(len(latent)) < v["visible"]).astype(np.float64)
    v["focused"] = v["visible"] * (rng.random(len(latent)) < v["focused"])
    v["fullscreen"] = v["visible"] * v["fullscreen"]
    return _rows("activity", np.arange(len(latent), dtype=np.float64), v)


def make_face(emission: Emission, latent: Array, rng: np.random.Generator) -> StreamRows:
    """Return 10-Hz face rows, with a confidence for each action unit."""
    frames = np.repeat(latent, FRAMES, axis=0)  # (10 T, C)
    frames = frames + rng.normal(0.0, FRAME_JITTER, frames.shape)
    v = apply_links(emission, frames, rng)
    v["blink"] = (rng.random(len(frames)) < v["blink"]).astype(np.float64)
    units = [name for name in v if name.startswith("au")]
    for name in units:
        v[f"{name}_confidence"] = np.clip(v["quality"] + rng.normal(0, 0.1, len(frames)), 0, 1)
    return _rows("face", np.arange(len(frames)) / FRAMES, v)


def make_heart(emission: Emission, latent: Array, rng: np.random.Generator) -> StreamRows:
    """Return heart events about once a second: time, rate, beat interval, contact."""
    v = apply_links(emission, latent, rng)
    v["t"] = np.arange(len(latent)) + rng.uniform(0.0, 0.3, len(latent))
    v["rr"] = 60_000 / np.maximum(v["hr"], 30) * (1 + 0.03 * rng.standard_normal(len(latent)))
    v["contact"] = (rng.random(len(latent)) < 0.98).astype(np.float64)
    return _rows("heart", v["t"], v)


def _rows(name: str, times: Array, columns: Columns) -> StreamRows:
    known = stream(name)
    lo, hi = known.limits()
    values = np.stack([columns[channel.name] for channel in known.channels], axis=1)
    return StreamRows(times, np.clip(values, lo, hi).astype(np.float32))


def _column(emission: Emission, latent: Array, name: str) -> Array:
    return np.asarray(latent[:, emission.channels.index(name)])


def _sigmoid(x: Array) -> Array:
    return np.asarray(1 / (1 + np.exp(-x)))


_LINKS: Mapping[str, Callable[[Array, np.random.Generator], Array]] = {
    "linear": lambda x, _: x,
    "log": lambda x, _: np.exp(x),
    "logistic": lambda x, _: _sigmoid(x),
    "positive": lambda x, _: np.maximum(x, 0.0),
    "count": lambda x, rng: rng.poisson(np.exp(np.minimum(x, 6.0))).astype(np.float64),
    "switch": lambda x, _: (x > 0).astype(np.float64),
}
