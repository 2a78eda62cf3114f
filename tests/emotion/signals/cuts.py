"""Public signals for these tests: `tests/data/signals/README.md` says whose they are."""

from __future__ import annotations

from pathlib import Path

import numpy as np

CUTS = Path(__file__).resolve().parents[2] / "data" / "signals" / "cuts.npz"

A103L_HZ, NST_HZ, NEUROKIT_HZ = 250.0, 360.0, 50.0


def cut(name):
    with np.load(CUTS) as arrays:
        return arrays[name].astype(np.float64)
