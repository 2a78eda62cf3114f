"""The cases of `tests/vectors/rppg.json`, on which page and science agree; run it to write them.

`PYTHONPATH=.:platform .venv/bin/python tests/emotion/signals/rppg_vectors.py`
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np

from emotion.signals import rppg
from tests.emotion.signals.skins import seen_at, seen_late, skin

FILE = Path(__file__).resolve().parents[2] / "vectors" / "rppg.json"
SEED = 6
# What is planted, and what is seen of it; `seed` where of many seeds few show what is meant.
PLANTED = {
    "45 a minute": {"bpm": 45},
    "72 a minute, the head rocks and shines": {
        "bpm": 72,
        "light": 0.02,
        "shine": 0.001,
        "rock": 0.02,
    },
    "150 a minute": {"bpm": 150},
    "72 a minute, too weak": {"bpm": 72, "amplitude": 0.001},
    "no pulse, the head rocks": {"light": 0.03, "rock": 0.05},
    "no pulse, the head rocks to a beat": {"light": 0.02, "leak": 0.006, "rock": 0.05, "hz": 1.2},
    "no pulse, paler skin comes and goes": {"light": 0.02, "leak": 0.006, "hz": 1.2},
    "72 a minute, the head rocks to the same beat": {"bpm": 72, "rock": 0.05, "hz": 1.2},
    "84 a minute in the dark": {"bpm": 84, "base": np.array([42.0, 30.0, 25.0]), "noise": 0.02},
    "84 a minute in glare": {"bpm": 84, "clipped": 0.05},
    "84 a minute while running about": {"bpm": 84, "rock": 0.6},
    "72 a minute at 9 pictures a second": {"bpm": 72, "fps": 9.0},
    "72 a minute with a gap": {"bpm": 72, "gap": (6.0, 6.6)},
    "72 a minute with too long a gap": {"bpm": 72, "gap": (6.0, 7.3)},
    "too short": {"bpm": 72, "seconds": 9.5},
    "72 a minute, frames are missed": {"bpm": 72, "late": True, "seconds": 11.0, "seed": 2},
    "no pulse, POS alone finds one": {"light": 0.01, "leak": 0.006, "seed": 4},
    "no pulse, it keeps no pace": {"light": 0.003, "leak": 0.01, "seed": 677},
    "no pulse, it goes as the head": {"light": 0.003, "leak": 0.01, "rock": 0.08, "seed": 675},
    "no pulse, the head rocks and frames are missed": {
        "shine": 0.003,
        "leak": 0.006,
        "rock": 0.05,
        "hz": 2.2,
        "late": True,
        "seconds": 11.0,
        "seed": 5330,
    },
}


def stretch(rng, *, seconds=10.6, fps=18.0, gap=(0.0, 0.0), late=False, **planted):
    """What a case shows, rounded as it is written."""
    times = (seen_late(rng, seconds) if late else seen_at(rng, seconds, fps)).round(4)
    times = times[(times <= gap[0]) | (times >= gap[1])]
    seen = skin(times, rng, **planted)
    return replace(seen, colours=seen.colours.round(3), moved=seen.moved.round(4))


def cases():
    """Each case with what the science says of it."""
    made = []
    for number, (name, planted) in enumerate(PLANTED.items()):
        how = dict(planted)
        seen = stretch(np.random.default_rng([SEED, how.pop("seed", number)]), **how)
        arrays = {key: getattr(seen, key).tolist() for key in ("times_s", "colours", "moved")}
        clipped = float(seen.clipped[0])
        made.append({"name": name, **arrays, "clipped": clipped, "expected": said(rppg.read(seen))})
    return made


def said(pulse):
    if pulse is None:
        return None
    return {
        "hr": pulse.rate_bpm,
        "snr": pulse.snr_db,
        "disagreement": pulse.disagreement_bpm,
        "quality": pulse.quality,
        "word": pulse.reason,
    }


if __name__ == "__main__":
    rows = ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases())
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text(f"[\n{rows}\n]\n")
