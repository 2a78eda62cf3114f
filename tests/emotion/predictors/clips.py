"""Windows with raw signals for the tests of MVP and of the four sub-networks, by seed."""

from __future__ import annotations

from dataclasses import asdict, replace

import numpy as np
import torch

from emotion.features.batch import standard
from emotion.networks import foursub, mvp
from emotion.predictors.foursub import told as minute_told
from emotion.predictors.mvp import SIDES, shaped
from emotion.predictors.mvp import told as clip_told
from emotion.predictors.standards import pack_standards
from emotion.streams import stream
from emotion.windows import Chunk, Window, track
from tests.emotion.tracks import chunk

RATES = {"ppg": 64.0, "ecg": 130.0, "eda": 4.0}
CLIP = ("face", "gaze", "ppg", "ecg", "eda")
MINUTE = ("face", "heart", "eda", "pointer", "typing", "activity", "layout")


def rows(name, t0, seconds, rng):
    """One Block of `seconds` of a Stream."""
    if name in RATES:
        at = np.arange(round(seconds * RATES[name])) / RATES[name]
        return Chunk(t0, RATES[name], _signal(name, at, rng)[:, None].astype(np.float32))
    if name == "layout":
        boxes = rng.uniform(0, 0.9, (12, 10)).astype(np.float32)
        boxes[:, 0] = t0 + seconds / 2
        return Chunk(t0, 0.0, boxes)
    return chunk(name, t0, seconds, rng)


def _signal(name, at, rng):
    rate = rng.uniform(0.9, 1.6)
    beat = np.sin(2 * np.pi * rate * at + rng.uniform(0, 6)) + 0.1 * rng.standard_normal(len(at))
    slow = 5 + 0.5 * np.sin(at / 7 + rng.uniform(0, 6)) + 0.02 * rng.standard_normal(len(at))
    return slow if name == "eda" else 1000 * beat


def window(t0, t1, seed, names):
    rng = np.random.default_rng(seed)
    tracks = {
        n: track(stream(n), [rows(n, t0, t1 - t0, rng)], t0=t0, t1=t1, backend="simulated")
        for n in names
    }
    return Window(t0, t1, tracks)


def only(seen, *names):
    return replace(seen, streams={n: t for n, t in seen.streams.items() if n in names})


def without(seen, *names):
    return only(seen, *(set(seen.streams) - set(names)))


def standards(told, windows):
    """What `told` spans over windows, and half as much again on both sides."""
    found = [told(each) for each in windows]
    made = {}
    for name in found[0]:
        held = [each[name] for each in found]
        known = standard(np.stack([s.values for s in held]), np.stack([s.mask for s in held]))
        margin = (known.hi - known.lo) / 2 + 1e-3
        made[name] = replace(known, lo=known.lo - margin, hi=known.hi + margin)
    return made


def card(kind, config, streams, labels, window_s, hop_s):
    return {
        "name": kind,
        "title": "random weights",
        "kind": kind,
        "origin": "simulated",
        "streams": {n: {"channels": [], "backends": ["simulated"]} for n in streams},
        "never_seen": [],
        "labels": list(labels),
        "window_s": window_s,
        "hop_s": hop_s,
        "temperature": 1.0,
        "threshold": 0.0,
        "network": asdict(config),
        "protocol": "none",
        "figures": {},
        "data": "none",
        "seed": 1,
        "code": "none",
        "limits": ["says nothing"],
    }


def mvp_artefact(**changes):
    config = replace(mvp.Config.small(), width=16, heads=2, layers=1, tokens=10)
    torch.manual_seed(1)
    state = {f"network.{n}": w.numpy() for n, w in config.build().state_dict().items()}

    def held(seen):
        return {n: s if n in SIDES else shaped(s) for n, s in clip_told(seen).items()}

    known = standards(held, [window(0.0, 60.0, seed, CLIP) for seed in range(8)])
    made = card("mvp", config, CLIP, mvp.LABELS, 155.0, 30.0) | changes
    return made, state | pack_standards(known)


def foursub_artefact(**changes):
    config = replace(foursub.Config.small(), width=16)
    torch.manual_seed(1)
    state = {f"network.{n}": w.numpy() for n, w in config.build().state_dict().items()}
    known = standards(minute_told, [window(60.0, 120.0, seed, MINUTE) for seed in range(25)])
    labels = ("INTEREST", "BOREDOM", "HAPPINESS", "CONFUSION")
    made = card("foursub", config, MINUTE, labels, 60.0, 5.0) | changes
    return made, state | pack_standards(known)
