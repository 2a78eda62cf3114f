"""The alignment toy: the label is whether a response follows its cause by exactly two seconds.

What each modality says by itself carries nothing; only their timing against each other does.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from emotion.networks.crossmodal import Config, CrossModal

STEPS = 10


def toy(count, rng):
    """Cause and response (N, T, 1) and labels (N,): 1 where the response comes 2 s after."""
    label = rng.integers(0, 2, count)
    lag = np.where(label == 1, 2, rng.choice([0, 1, 3, 4], count))
    at = rng.integers(0, STEPS - 4, count)
    cause, response = rng.normal(0, 0.2, (2, count, STEPS, 1)).astype(np.float32)
    cause[np.arange(count), at, 0] += 2
    response[np.arange(count), at + lag, 0] += 2
    tensors = {"cause": torch.from_numpy(cause), "response": torch.from_numpy(response)}
    return tensors, torch.from_numpy(label)


class Concatenation(nn.Module):
    """The same pointwise encoders, each averaged over time, then concatenated.

    Averaged only: the deviation over time of a step's code and what stands there tells where it
    stands, and from that a concatenation learns the lag too (one seed of three: 99 %).
    """

    def __init__(self, config):
        super().__init__()
        self.encoders = CrossModal(config).encoders
        self.head = nn.Sequential(
            nn.Linear(2 * config.width, 64), nn.ReLU(), nn.Linear(64, config.classes)
        )

    def forward(self, values, masks):
        coded = [self.encoders[n](values[n], masks[n]) for n in sorted(values)]
        return self.head(torch.cat([x.mean(dim=1) for x in coded], dim=-1))


def accuracy(network, train, test, epochs, seed):
    """Train and return the share right on `test`."""
    generator = torch.Generator().manual_seed(seed)
    values, labels = train
    masks = {n: torch.ones_like(x, dtype=torch.bool) for n, x in values.items()}
    optimiser = torch.optim.Adam(network.parameters(), lr=3e-3)
    for _ in range(epochs):
        for rows in torch.randperm(len(labels), generator=generator).split(64):
            optimiser.zero_grad()
            part = ({n: x[rows] for n, x in d.items()} for d in (values, masks))
            functional.cross_entropy(network(*part), labels[rows]).backward()
            optimiser.step()
    values, labels = test
    with torch.no_grad():
        guess = network(
            values, {n: torch.ones_like(x, dtype=torch.bool) for n, x in values.items()}
        )
    return float((guess.argmax(dim=1) == labels).float().mean())


def config(width=32):
    return Config(
        inputs={"cause": 1, "response": 1},
        classes=2,
        width=width,
        heads=4,
        key=width // 4,
        value=width // 4,
        hidden=width,
        convolution=width,
    )
