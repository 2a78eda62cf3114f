"""Pre-training of the base's body on unlabelled Windows, before reports train its head.

In each Window whole Streams and spans of steps are hidden, and a small temporary head reconstructs
them from the rest. The base's answer to the whole Window is kept by a penalty, so that its own last
layer still fits.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from emotion.datasets.snapshot import Example
from emotion.features.batch import Batch, mask_unfamiliar, standardise
from emotion.models.crossmodal import head_finetune
from emotion.models.crossmodal.fit import logits
from emotion.models.crossmodal.head_finetune import Base
from emotion.models.crossmodal.network import drop_modalities
from emotion.models.crossmodal.predictor import CrossModalPredictor
from emotion.training import cross_validation
from emotion.training.checkpoint import Checkpoint, Training
from emotion.training.early_stopping import train_until_best

Tensors = Mapping[str, Tensor]
# One part of so many people is used for early stopping only.
PARTS = 5
TOGETHER = 512


@dataclass(frozen=True, slots=True)
class Pretrain:
    """Pre-training schedule and masking; documented in `finetune.toml`.

    Attributes
    ----------
    epochs, patience : int
        Maximum number of epochs, 0 = none, and epochs without a better loss before stopping.
    most : int
        Maximum number of unlabelled Windows; if there are more, a random sample.
    rows : int
        Windows a step.
    rate : float
        Adam's step size.
    streams : float
        Probability of hiding a whole Stream of a Window.
    steps : float
        Share of the steps of each remaining Stream, hidden as one span.
    hold : float
        Penalty for deviating from the base's answer; a squared deviation costs 1.
    """

    epochs: int
    patience: int
    most: int
    rows: int
    rate: float
    streams: float
    steps: float
    hold: float


class MaskedModel(nn.Module):
    """The body being trained with two ends: a temporary layer per Stream, and the base's fixed
    one.
    """

    def __init__(self, base: Base) -> None:
        super().__init__()
        whole = copy_network(base)
        self.last, self.linear = whole.last, whole.linear
        self.requires_grad_(False)
        self.body = copy.deepcopy(base.body)
        wide, steps = whole.config.hidden, whole.config.steps
        self.told = nn.ModuleDict(
            {n: nn.Linear(wide, steps * len(known.mean)) for n, known in base.standards.items()}
        )

    def forward(self, values: Tensors, shown: Tensors) -> tuple[dict[str, Tensor], Tensor]:
        """Return reconstructed Streams (B, T, F) and logits (B, K), from the shown values."""
        hidden = self.body(values, shown)
        told = {n: layer(hidden).view(values[n].shape) for n, layer in self.told.items()}
        said: Tensor = self.last(hidden)
        return told, said if self.linear is None else said + self.linear(values, shown, said)


@dataclass(frozen=True, slots=True)
class PretrainSide:
    """Standardised Windows (N, T, F) by Stream, and the base's answers for them (N, K)."""

    values: Tensors
    masks: Tensors
    said: Tensor

    def rows(self, index: Tensor) -> PretrainSide:
        """Return the selected Windows."""
        values, masks = (
            {n: x[index] for n, x in each.items()} for each in (self.values, self.masks)
        )
        return PretrainSide(values, masks, self.said[index])


def copy_network(base: Base) -> Any:
    """Return a copy of the base's whole network."""
    return CrossModalPredictor(base.card, base.weights)._network


def pretrain_base(
    base: Base,
    batch: Batch,
    people: NDArray[np.int64],
    how: Pretrain,
    *,
    seed: int,
    kept_at: Checkpoint | None = None,
) -> Base:
    """Return the base with a body trained on these people's Windows, with early stopping.

    Parameters
    ----------
    batch, people
        Unstandardised Windows, and the person of each (N,).
    """
    torch.manual_seed(seed)
    masked, generator = MaskedModel(base), torch.Generator().manual_seed(seed)
    standards = head_finetune.widen_standards(base.standards, batch)
    whole = _make_side(base, standardise(mask_unfamiliar(batch, standards)[0], standards))
    # The people for training and those for early stopping are disjoint.
    first = cross_validation.split_people(people, PARTS, seed)[0]
    learn, stop = (whole.rows(torch.from_numpy(index)) for index in first)
    moving = [each for each in masked.parameters() if each.requires_grad]
    training = Training(masked, torch.optim.AdamW(moving, lr=how.rate), generator)

    def once() -> float:
        _epoch(training, learn, how)
        return _validation_loss(masked, stop, how, seed)

    train_until_best(training, once, how.epochs, how.patience, kept_at=kept_at, say=_discard)
    learned = masked.body.state_dict()
    return base.with_network({f"{head_finetune.NETWORK}{n}": x.numpy() for n, x in learned.items()})


def choose_windows(found: Sequence[Example], how: Pretrain, *, seed: int) -> list[Example]:
    """Return the Windows to use, in order and without labels: all, or a random sample of
    `how.most`.
    """
    count = min(how.most, len(found)) if how.epochs else 0
    drawn = np.random.default_rng(seed).choice(len(found), count, replace=False).tolist()
    nothing: dict[str, Any] = {"label": None, "source": "", "levels": {}, "occasion": ""}
    return [replace(found[at], **nothing) for at in sorted(drawn)]


def draw_shown(masks: Tensors, how: Pretrain, generator: torch.Generator) -> dict[str, Tensor]:
    """Return the shown values (B, T, F): some Streams hidden completely, of the others one span."""
    shown = drop_modalities(masks, how.streams, generator)
    for name, mask in shown.items():
        rows, steps = mask.shape[:2]
        span = round(how.steps * steps)
        first = torch.randint(0, steps - span + 1, (rows, 1), generator=generator)
        at = torch.arange(steps)
        shown[name] = mask & ((at < first) | (at >= first + span))[..., None]
    return shown


def reconstruction_error(told: Tensors, values: Tensors, masks: Tensors, shown: Tensors) -> Tensor:
    """Return the mean squared deviation over values that were present and hidden."""
    asked = {n: masks[n] & ~shown[n] for n in told}
    off = [torch.where(asked[n], told[n] - values[n], 0.0).square().sum() for n in told]
    count = torch.stack([each.sum() for each in asked.values()]).sum()
    return torch.stack(off).sum() / count.clamp(min=1)


def _loss(
    masked: MaskedModel, side: PretrainSide, how: Pretrain, generator: torch.Generator
) -> Tensor:
    shown = draw_shown(side.masks, how, generator)
    told, said = masked(side.values, shown)
    held = functional.cross_entropy(said, side.said)
    return reconstruction_error(told, side.values, side.masks, shown) + how.hold * held


def _epoch(training: Training, side: PretrainSide, how: Pretrain) -> None:
    training.network.train()
    order = torch.randperm(len(side.said), generator=training.generator)
    for index in _slices(order, how.rows):
        loss = _loss(training.network, side.rows(index), how, training.generator)  # type: ignore[arg-type]  # ours
        training.optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
        torch.nn.utils.clip_grad_norm_(training.network.parameters(), 1.0)
        training.optimiser.step()


def _validation_loss(masked: MaskedModel, side: PretrainSide, how: Pretrain, seed: int) -> float:
    """Return the validation loss, with the same values hidden each time."""
    masked.eval()
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        parts = [
            float(_loss(masked, side.rows(index), how, generator)) * len(index)
            for index in _slices(torch.arange(len(side.said)), TOGETHER)
        ]
    return sum(parts) / len(side.said)


def _make_side(base: Base, known: Batch) -> PretrainSide:
    said = torch.from_numpy(logits(copy_network(base), known)).softmax(dim=1)
    values, masks = (
        {n: torch.from_numpy(x) for n, x in each.items()} for each in (known.values, known.masks)
    )
    return PretrainSide(values, masks, said)


def _slices(order: Tensor, rows: int) -> list[Tensor]:
    return [order[at : at + rows] for at in range(0, len(order), rows)]


def _discard(line: str) -> None:
    """Discard messages: its epochs are not progress of the outer training."""
