"""Small made-up studies for the tests of evaluation."""

from __future__ import annotations

import numpy as np

from emotion.evaluate.study import Study


def made(people=6, videos=3, each=8, features=4, signal=0.0, seed=0, window_s=10.0):
    """Every person sees every video once, one after the other, in Windows that do not overlap."""
    rng = np.random.default_rng(seed)
    who = np.repeat(np.arange(people), videos * each)
    video = np.tile(np.repeat(np.arange(videos), each), people)
    times = np.tile(np.arange(videos * each) * window_s, people)
    labels = rng.integers(0, 3, len(who))
    x = rng.normal(0, 1, (len(who), 5, features + 2)).astype(np.float32)
    x += rng.normal(0, 1, (people, 1, features + 2)).astype(np.float32)[who]
    x[..., 0] += signal * labels[:, None]
    return Study(
        x=x,
        inputs={"gaze": features, "ppg": 2},
        labels=labels,
        people=who,
        videos=video,
        times=times,
        classes=("ONE", "TWO", "THREE"),
        window_s=window_s,
    )
