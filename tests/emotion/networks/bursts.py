"""Planted clips of 155 s (science.md B4): the label is in two bursts 60 s apart, taken together.

A smile or a frown comes, and a minute later skin conductance rises or falls: the label says whether
the two are of one kind. Each by itself says nothing, and no 10 s hold both.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from emotion.networks.mvp import PHYSIOLOGY, VIDEO, loss

CLIP_S, APART_S, BURST_S = 155.0, 60.0, 4.0
SMILE, FROWN = 18 + 8, 18 + 2  # intensities of AU12 and AU04
SIZE, NOISE = 4.0, 0.2


@dataclass(frozen=True)
class Clips:
    """Values and masks of N clips, targets (N, 2) with arousal unknown, and people (N,)."""

    values: dict
    masks: dict
    targets: torch.Tensor
    people: np.ndarray

    def rows(self, index):
        index = torch.as_tensor(index)
        values = {n: x[index] for n, x in self.values.items()}
        masks = {n: x[index] for n, x in self.masks.items()}
        return Clips(values, masks, self.targets[index], self.people[index.numpy()])


def clips(config, people, each, rng):
    """`each` clips of every one of `people`, whose level and liveliness are their own."""
    count = people * each
    who = np.repeat(np.arange(people), each)
    video = _person(rng, who, config.video_steps, config.video)
    physiology = _person(rng, who, config.physiology_steps, config.physiology)
    smiles, rises = rng.integers(0, 2, (2, count)).astype(bool)
    at = rng.uniform(5.0, CLIP_S - APART_S - 10.0, count)
    for row in range(count):
        unit = SMILE if smiles[row] else FROWN
        video[row, :, unit] += _burst(at[row], config.video_steps, config.video_hz)
        way = 1.0 if rises[row] else -1.0
        late = at[row] + APART_S
        physiology[row, :, 1] += way * _burst(late, config.physiology_steps, config.physiology_hz)
    values = {VIDEO: torch.from_numpy(video), PHYSIOLOGY: torch.from_numpy(physiology)}
    targets = np.stack([smiles == rises, np.full(count, np.nan)], axis=1).astype(np.float32)
    masks = {n: torch.ones_like(x, dtype=torch.bool) for n, x in values.items()}
    return Clips(values, masks, torch.from_numpy(targets), who)


def _person(rng, who, steps, features):
    """Noise (N, T, F) around each person's own level."""
    people = who.max() + 1
    level = rng.normal(0, 0.03, (people, 1, features))
    lively = NOISE * rng.uniform(0.7, 1.0, (people, 1, features))
    noise = rng.standard_normal((len(who), steps, features), dtype=np.float32)
    return (level[who] + lively[who] * noise).astype(np.float32)


def _burst(at, steps, hertz):
    """A raised cosine of `BURST_S` from `at` (T,)."""
    phase = (np.arange(steps) / hertz - at) / BURST_S
    return SIZE * np.where((phase >= 0) & (phase < 1), np.sin(np.pi * phase) ** 2, 0.0)


def fit(network, train, epochs, seed, rows=8, rate=1e-3):
    """Train, with the order of the clips by `seed`."""
    generator = torch.Generator().manual_seed(seed)
    optimiser = torch.optim.AdamW(network.parameters(), lr=rate, weight_decay=1e-2)
    network.train()
    for _ in range(epochs):
        for index in torch.randperm(len(train.targets), generator=generator).split(rows):
            part = train.rows(index)
            optimiser.zero_grad()
            loss(network(part.values, part.masks), part.targets).backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimiser.step()
    return network.eval()


def guesses(network, test):
    """The network's valence, 0 or 1 (N,)."""
    with torch.no_grad():
        found = [
            network(part.values, part.masks)
            for part in (test.rows(i) for i in torch.arange(len(test.targets)).split(16))
        ]
    return (torch.cat(found)[:, 0] > 0).numpy().astype(int)
