"""Whole clips allow what 10-s cuts cannot (science.md B4), measured on new people."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from sklearn.metrics import f1_score

from emotion.benchmarks.papers.paper_2 import ABLATIONS
from emotion.models.mvp.network import Config
from tests.fixtures.emotion.burst_clips import clips, fit, guesses

# The same clip of 155 s at lower rates: some seconds instead of many minutes.
COARSE = replace(
    Config.small(),
    video_hz=1.0,
    physiology_hz=2.0,
    video_steps=155,
    physiology_steps=310,
    video_stride=1,
    physiology_stride=2,
    width=32,
    layers=1,
    tokens=31,
)


def measure_f1(form, config, draws, people, each, seed, rate=3e-3, rows=16):
    """Return weighted F1 on new people, after training on several draws of other people."""
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    rng, network = np.random.default_rng(seed), ABLATIONS[form](config).build()
    for draw in range(draws):
        fit(network, clips(config, people, each, rng), epochs=1, seed=draw, rows=rows, rate=rate)
    test = clips(config, 15, 20, rng)
    truth = test.targets[:, 0].numpy().astype(int)
    return f1_score(truth, guesses(network, test), average="weighted")


def test_whole_clips_detect_two_bursts_a_minute_apart_and_cuts_do_not():
    assert measure_f1("MVP", COARSE, 4, 40, 20, seed=1) >= 0.90
    assert measure_f1("MVP, 10-s cuts", replace(COARSE, tokens=2), 4, 40, 20, seed=1) <= 0.60


@pytest.mark.long
def test_the_small_profile_reaches_90_percent_at_full_rates_where_cuts_stay_under_60():
    taught = {"people": 40, "each": 10, "seed": 2, "rate": 1e-3, "rows": 8}
    assert measure_f1("MVP", Config.small(), 4, **taught) >= 0.90
    cut = replace(Config.small(), tokens=10)
    assert measure_f1("MVP, 10-s cuts", cut, 4, **taught) <= 0.60
