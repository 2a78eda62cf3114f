"""Examples as tensors by modality, and training with early stopping on held-out people."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from emotion.artefacts import Weights
from emotion.features.batch import Standard, mean_features
from emotion.features.batch import measure_standard as of_steps
from emotion.features.resampling import Steps
from emotion.models.base import forward
from emotion.models.normalization import pack_standards
from emotion.training.checkpoint import Checkpoint, Training
from emotion.training.early_stopping import train_until_best
from emotion.training.example_table import Say

Loss = Callable[[Tensor, Tensor], Tensor]


@dataclass(frozen=True, slots=True)
class SequenceSeries:
    """N examples: values and masks by modality, targets, and people (N,)."""

    values: Mapping[str, NDArray[np.float32]]
    masks: Mapping[str, NDArray[np.bool_]]
    targets: NDArray[Any]
    people: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class SequenceSchedule:
    """Training schedule: epochs, batch size, step size, probability of hiding a modality."""

    epochs: int
    rows: int
    rate: float
    dropout: float


def fit(
    network: nn.Module,
    loss: Loss,
    train: SequenceSeries,
    valid: SequenceSeries,
    schedule: SequenceSchedule,
    *,
    seed: int,
    say: Say,
    kept_at: Checkpoint | None = None,
) -> nn.Module:
    """Train in place; return the network after the epoch with the least validation loss."""
    generator = torch.Generator().manual_seed(seed)
    optimiser = torch.optim.AdamW(network.parameters(), lr=schedule.rate, weight_decay=1e-2)

    def once() -> float:
        network.train()
        order = torch.randperm(len(train.people), generator=generator)
        for index in (order[at : at + schedule.rows] for at in range(0, len(order), schedule.rows)):
            values, masks, targets = _select(train, index.numpy())
            shown = {n: _hide(m, schedule.dropout, generator) for n, m in masks.items()}
            optimiser.zero_grad()
            loss(network(values, shown), targets).backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
            torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimiser.step()
        return float(loss(torch.from_numpy(logits(network, valid)), torch.tensor(valid.targets)))

    training = Training(network, optimiser, generator)
    return train_until_best(
        training, once, schedule.epochs, schedule.epochs, kept_at=kept_at, say=say
    )


def logits(network: nn.Module, series: SequenceSeries, together: int = 64) -> NDArray[np.float32]:
    """Return (N, K) logits, in slices of `together` rows."""
    network.eval()
    slices = [slice(at, at + together) for at in range(0, len(series.people), together)]
    return np.concatenate(
        [
            forward(
                network,
                {n: x[part] for n, x in series.values.items()},
                {n: x[part] for n, x in series.masks.items()},
            )
            for part in slices
        ]
    )


def measure_standards(told: Sequence[Mapping[str, Steps]]) -> dict[str, Standard]:
    """Return each Stream's standard over the training Windows that have it."""
    names = sorted({name for each in told for name in each})
    return {
        name: _measure_standard([each[name] for each in told if name in each]) for name in names
    }


def collect_weights(network: nn.Module, known: Mapping[str, Standard]) -> Weights:
    """Return the tensors of network and standards, float32."""
    state = {f"network.{n}": w.numpy() for n, w in network.state_dict().items()}
    return state | pack_standards(known)


def _measure_standard(rows: Sequence[Steps]) -> Standard:
    """Return mean and deviation of the steps, and the range of Window means, for any lengths."""
    steps = Steps(np.concatenate([r.values for r in rows]), np.concatenate([r.mask for r in rows]))
    spread = of_steps(steps.values[None], steps.mask[None])
    each = [mean_features(r.values[None], r.mask[None]) for r in rows]
    held = np.concatenate([value for value, _ in each])[:, None]  # (N, 1, F)
    ranged = of_steps(held, np.concatenate([came for _, came in each])[:, None])
    return Standard(spread.mean, spread.deviation, ranged.lo, ranged.hi)


def _select(
    series: SequenceSeries, index: NDArray[np.int64]
) -> tuple[dict[str, Tensor], dict[str, Tensor], Tensor]:
    values = {n: torch.from_numpy(x[index]) for n, x in series.values.items()}
    masks = {n: torch.from_numpy(x[index]) for n, x in series.masks.items()}
    return values, masks, torch.from_numpy(series.targets[index])


def _hide(mask: Tensor, rate: float, generator: torch.Generator) -> Tensor:
    """Hide a modality (B, ...) of each row with probability `rate`, as missing sensors do."""
    kept = torch.rand(len(mask), generator=generator) >= rate
    return mask & kept.view(-1, *[1] * (mask.dim() - 1))
