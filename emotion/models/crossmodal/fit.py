"""Training of the cross-modal network: Adam, modality dropout, early stopping by other people.

The schedule was tuned on separately simulated people, before any test figure.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from emotion.features.batch import Batch
from emotion.models.base import forward
from emotion.models.crossmodal.network import Config, CrossModal, drop_modalities
from emotion.training.checkpoint import Checkpoint, Training
from emotion.training.early_stopping import train_until_best
from emotion.training.example_table import ExampleTable, Say


@dataclass(frozen=True, slots=True)
class FitSchedule:
    """Training schedule.

    Attributes
    ----------
    epochs, patience : int
        Maximum number of epochs, and epochs without a better validation loss before stopping.
    rows : int
        Windows a step.
    rate, decay : float
        Adam's step size, falling to 0 by a cosine over `epochs`, and its weight decay.
    dropout : float
        Probability of hiding each modality of each row.
    forgetting : float
        Probability of hiding a row's opening, which is often unknown in use.
    """

    epochs: int
    patience: int
    rows: int
    rate: float
    decay: float
    dropout: float
    forgetting: float


def fit(
    config: Config,
    train: ExampleTable,
    valid: ExampleTable,
    schedule: FitSchedule,
    *,
    seed: int,
    say: Say,
    kept_at: Checkpoint | None = None,
) -> CrossModal:
    """Return the network of the epoch with the least validation log loss.

    Parameters
    ----------
    train, valid : ExampleTable
        Standardised, of different people.
    seed : int
        Of weights, order and dropout: the same seed on the same kernels gives the same weights.
    kept_at : Checkpoint or None
        Stores each epoch, to resume from.
    """
    torch.manual_seed(seed)
    network, generator = CrossModal(config), torch.Generator().manual_seed(seed)
    optimiser = torch.optim.AdamW(
        network.parameters(), lr=schedule.rate, weight_decay=schedule.decay
    )
    falling = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, schedule.epochs)

    def once() -> float:
        epoch(network, train, schedule, optimiser, generator)
        falling.step()
        return _loss(network, valid)

    training = Training(network, optimiser, generator, falling)
    train_until_best(training, once, schedule.epochs, schedule.patience, kept_at=kept_at, say=say)
    return network


def logits(network: CrossModal, batch: Batch, together: int = 512) -> NDArray[np.float32]:
    """Return (N, K) logits of a standardised batch, in slices of `together` rows."""
    count = len(next(iter(batch.values.values())))
    slices = [slice(at, at + together) for at in range(0, count, together)]
    parts = [batch.rows(part) for part in slices]
    return np.concatenate([forward(network, part.values, part.masks) for part in parts])


def epoch(
    network: CrossModal,
    train: ExampleTable,
    schedule: FitSchedule,
    optimiser: torch.optim.Optimizer,
    generator: torch.Generator,
) -> None:
    """Train one pass over the Windows, in an order drawn by `generator`."""
    network.train()
    for values, masks, labels in _steps(train, schedule.rows, generator):
        shown = drop_modalities(masks, schedule.dropout, generator)
        shown = _forget_openings(shown, schedule.forgetting, generator)
        loss = functional.cross_entropy(network(values, shown), labels)
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()


def _forget_openings(
    masks: dict[str, Tensor], rate: float, generator: torch.Generator
) -> dict[str, Tensor]:
    """Hide the second half of every modality's features in a share `rate` of the rows."""
    rows = len(next(iter(masks.values())))
    known = torch.rand(rows, generator=generator) >= rate  # (B,)
    hidden = {}
    for name, mask in masks.items():
        half = mask.shape[-1] // 2
        later = mask[..., half:] & known[:, None, None]
        hidden[name] = torch.cat([mask[..., :half], later], dim=-1)
    return hidden


def _steps(
    table: ExampleTable, rows: int, generator: torch.Generator
) -> Iterator[tuple[dict[str, Tensor], dict[str, Tensor], Tensor]]:
    labels = torch.from_numpy(table.labels)
    values = {name: torch.from_numpy(x) for name, x in table.batch.values.items()}
    masks = {name: torch.from_numpy(x) for name, x in table.batch.masks.items()}
    order = torch.randperm(len(labels), generator=generator)
    for index in (order[at : at + rows] for at in range(0, len(order), rows)):
        yield (
            {name: x[index] for name, x in values.items()},
            {name: x[index] for name, x in masks.items()},
            labels[index],
        )


def _loss(network: CrossModal, table: ExampleTable) -> float:
    network.eval()
    found = torch.from_numpy(logits(network, table.batch))
    return float(functional.cross_entropy(found, torch.from_numpy(table.labels)))
