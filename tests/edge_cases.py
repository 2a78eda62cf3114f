"""Rows of Streams as Blocks bring them, and the features Python makes of them, for two languages.

`python -m tests.edge_cases` writes `tests/data/edge_features.json` anew, and `edge_windows.json`:
features of simulated people, and what the shipped prior says of them. The tests of Python and of
the page's scripts both hold themselves to those files.
"""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np

from emotion import artefacts
from emotion.features.window import opening, window_features
from emotion.simulate import cohort, effects
from emotion.simulate.cohort import Plan, recordings
from emotion.streams import stream
from emotion.windows import Chunk, Window, of_one_backend, track

FILE = Path(__file__).parent / "data" / "edge_features.json"
WINDOWS = FILE.with_name("edge_windows.json")
PRIOR = Path(__file__).parents[1] / "artefacts" / "prior-523b0dd39f94"
STREAMS = ("activity", "face", "heart", "pointer", "typing")
DIGITS = 6


def rows(name, count, rng, *, strange=0.05):
    """Rows told as finely as the page tells them; some missing, some out of range."""
    known = stream(name)
    lo, hi = known.limits()
    hi = lo + np.minimum(hi - lo, 150)
    found = rng.uniform(lo, hi, (count, len(lo)))
    for column, channel in enumerate(known.channels):
        found[:, column] = np.round(found[:, column] / channel.resolution) * channel.resolution
        drawn = rng.random(count)
        found[drawn < strange, column] += 2 * (hi - lo)[column]
        if channel.nullable:
            found[drawn > 1 - 3 * strange, column] = np.nan
    return found.astype(np.float32)


def chunk(name, t0, count, rng, rate=None, backend=""):
    rate = stream(name).rate_hz if rate is None else rate
    values = rows(name, count, rng)
    if rate == 0:
        values[:, 0] = np.round(t0 + np.cumsum(rng.uniform(0.5, 1.6, count)), 3)
        values[:, 1] = np.round(rng.uniform(60, 95, count), 1)
    return Chunk(t0, float(np.float32(rate)), values, backend)


def cases():
    """A Window of each Stream in many ways: whole, with gaps, too young, of two devices."""
    rng = np.random.default_rng(11)
    usual = {
        name: chunk(name, 0.0, 30, rng, rate=None if name == "heart" else 1) for name in STREAMS
    }
    for name in STREAMS:
        rate = stream(name).rate_hz
        every = 5.0 if name == "typing" else 1.0
        count = max(1, round(every * rate)) if rate else 1
        whole = [chunk(name, 70.013 + every * n, count, rng) for n in range(round(10 / every))]
        yield name, 70.0, 80.0, whole, usual[name]
        yield name, 70.0, 80.0, [each for n, each in enumerate(whole) if n % 3], None
        if name in ("pointer", "typing", "heart"):
            young = [chunk(name, 0.021 + every * n, count, rng) for n in range(round(5 / every))]
            yield name, 0.0, 5.0, young, None
    slow = [chunk("face", 70.2 + n, 3, rng, rate=3) for n in range(6)]
    other = [chunk("face", 76.3 + n, 3, rng, rate=3, backend="face_mesh") for n in range(3)]
    yield "face", 70.0, 80.0, [*slow, *other], usual["face"]
    lasting = [chunk("typing", 70.0 + 5 * n, 1, rng) for n in range(2)]
    yield "typing", 74.0, 80.0, lasting, None
    yield "pointer", 200.0, 210.0, [chunk("pointer", 150.0, 4, rng)], None


def made(name, t0, t1, chunks, first):
    """What Python makes of a case."""
    usual = {} if first is None else opening(window(name, 0.0, 60.0, [first]))
    seen = window(name, t0, t1, chunks)
    found = window_features(Window(t0, t1, seen.streams, usual)).get(name)
    return usual.get(name), found


def window(name, t0, t1, chunks):
    kept, backend = of_one_backend(chunks, t1)
    return Window(
        t0, t1, {name: track(stream(name), kept, t0=t0, t1=t1, backend=backend)} if kept else {}
    )


def told(case):
    """A case as JSON tells it; null = missing."""
    name, t0, t1, chunks, first = case
    usual, found = made(*case)
    return {
        "stream": name,
        "t0": t0,
        "t1": t1,
        "chunks": [as_json(each) for each in chunks],
        "first": None if first is None else as_json(first),
        "opening": None if usual is None else numbers(usual),
        "values": None if found is None else numbers(found.values),
        "mask": None if found is None else found.mask.astype(int).tolist(),
        "quality": None if found is None else round(found.quality, DIGITS),
    }


def as_json(each):
    told = {"t0": each.t0, "rateHz": each.rate_hz, "rows": numbers(each.values)}
    return {**told, "backend": each.backend}


def numbers(values):
    rounded = np.round(values.astype(np.float64), DIGITS)
    return np.where(np.isnan(rounded), None, rounded).tolist()


def text():
    cases_ = [json.dumps(told(case), separators=(",", ":")) for case in cases()]
    return "[\n" + ",\n".join(cases_) + "\n]\n"


def windows():
    """A few moments of simulated people, one with a face that no training saw."""
    people = recordings(Plan(2, effects.load()), rng=np.random.default_rng(5))
    found = [cohort.window(each, 70.0, 80.0) for each in islice(people, 4)]
    face = next(each.streams["face"] for each in found if "face" in each.streams)
    # Whole numbers: their sums are exact in float32, in whatever order a machine's BLAS adds them.
    far = replace(face, values=np.round(face.values * 50) + 500)
    return [*found, replace(found[0], streams={**found[0].streams, "face": far})]


def said():
    """What the shipped prior says of them, Stream by Stream what it used."""
    seen = windows()
    found = artefacts.load(PRIOR).predict(seen)
    made = [window_features(each) for each in seen]
    return {
        "windows": [{name: features_of(each) for name, each in one.items()} for one in made],
        "proba": np.round(found.proba.astype(np.float64), DIGITS).tolist(),
        "used": [
            {n: n in one and f"unfamiliar:{n}" not in why for n in STREAMS}
            for one, why in zip(made, found.reasons, strict=True)
        ],
    }


def features_of(found):
    return {
        "values": numbers(found.values),
        "mask": found.mask.astype(int).tolist(),
        "quality": round(found.quality, DIGITS),
    }


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
    WINDOWS.write_text(json.dumps(said(), separators=(",", ":")) + "\n", encoding="utf-8")
