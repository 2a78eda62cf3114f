"""Skin as a camera would see it: a planted pulse, or none, under light, motion, shine and noise."""

from __future__ import annotations

import numpy as np

from emotion.signals.rppg import Stretch

# How much of a pulse shows in red, green and blue (Wang et al. 2017, section II).
BLOOD = np.array([0.33, 0.77, 0.53])
# A paler, bluer place that slides under where one looks.
LEAK = np.array([0.2, 1.0, 0.7])
SKIN = np.array([182.0, 132.0, 108.0])


def seen_at(rng, seconds=11.0, fps=18.0):
    """Times (N,) of frames in s: uneven, as a busy computer takes them."""
    steps = rng.uniform(0.7, 1.3, size=round(1.3 * seconds * fps)) / fps
    times = np.cumsum(steps)
    return times[times < seconds]


def seen_late(rng, seconds=11.0, fps=20.0):
    """Times (N,) of frames in s: a busy computer misses some in a row and takes 10-15 a second."""
    runs = np.stack([rng.integers(1, 6, size=99), rng.geometric(0.55, size=99)], axis=1).ravel()
    taken = np.repeat(np.arange(len(runs)) % 2 == 0, runs)
    times = np.arange(0, seconds, 1 / fps)
    return times[taken[: len(times)]]


def beats(times, bpm):
    """A pulse wave (N,) of peak 1: a beat and the weaker wave after it."""
    turn = 2 * np.pi * bpm / 60 * times
    return (np.sin(turn) + 0.3 * np.sin(2 * turn - 0.8)) / 1.2


def sway(times, rng, hz=None):
    """A head that rocks (N,), peak about 1: some slow tones, or mostly one at `hz`."""
    tones = rng.uniform(0.15, 1.6, size=4) if hz is None else np.array([hz, 0.3, 0.5, 0.2])
    size = rng.uniform(0.3, 1.0, size=4) if hz is None else np.array([1.0, 0.2, 0.2, 0.2])
    phase = rng.uniform(0, 2 * np.pi, size=4)
    return np.sin(2 * np.pi * np.outer(times, tones) + phase) @ size / size.sum()


def moves(times, rng, rock, hz):
    """How fast a head that rocks by `rock` eye distances goes (N, 2), seen ten times a second."""
    meshes = np.floor(times * 10) / 10
    ends = np.concatenate([meshes - 0.1, meshes])
    before, after = np.split(rock * sway(ends, rng, hz), 2)
    speed = (after - before) / 0.1
    return np.stack([0.8 * speed, 0.6 * speed], axis=1) + rng.normal(0, 0.03, (len(times), 2))


def skin(
    times, rng, *, bpm=None, amplitude=0.006, light=0.0, shine=0.0, noise=0.1, hz=None, **more
):
    """Stretch of skin with a pulse of `bpm`, or none.

    `light` is the share by which a rocking head dims and brightens all colours alike; `shine` what
    it adds to all three, a share of 255; `noise` the deviation of each mean colour; `hz` where it
    mostly rocks; `rock` how far, in eye distances; `leak` how much paler skin that brings.
    """
    seed = rng.integers(2**31)
    head = sway(times, np.random.default_rng(seed), hz)[:, None]
    wave = 0.0 if bpm is None else amplitude * beats(times, bpm)[:, None] * BLOOD
    drift = more.get("leak", 0.0) * head * LEAK
    colours = more.get("base", SKIN) * (1 + light * head + drift) * (1 + wave) + 255 * shine * head
    colours = colours + rng.normal(0, noise, size=colours.shape)
    moved = moves(times, np.random.default_rng(seed), more.get("rock", 0.0), hz)
    return Stretch(times, colours, np.full(len(times), more.get("clipped", 0.0)), moved)
