"""Cross-attention detects the timing of two Streams; concatenation cannot (science.md 3b)."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from emotion.models.crossmodal.network import CrossModal
from tests.fixtures.emotion.alignment_task import Concatenation, accuracy, config, draw_toy


def measure_accuracy(make, seed, train, test, epochs, width=32):
    rng = np.random.default_rng(seed)
    torch.manual_seed(seed)
    return accuracy(make(config(width)), draw_toy(train, rng), draw_toy(test, rng), epochs, seed)


def test_attention_learns_a_lag_that_concatenation_does_not():
    torch.set_num_threads(1)
    assert measure_accuracy(CrossModal, 1, 1500, 600, 20, width=16) >= 0.95
    assert measure_accuracy(Concatenation, 1, 1500, 600, 20, width=16) <= 0.80


@pytest.mark.long
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_attention_reaches_95_percent_where_concatenation_stays_under_80(seed):
    torch.set_num_threads(1)
    assert measure_accuracy(CrossModal, seed, 3000, 1500, 16) >= 0.95
    assert measure_accuracy(Concatenation, seed, 3000, 1500, 16) <= 0.80
