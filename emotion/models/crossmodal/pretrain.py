"""The base's body taught further by Windows that nobody labelled, before reports teach its head.

Of each Window whole Streams and spans of steps are hidden, and a small head that is thrown away
tells from what is left what was there. What the base says of the whole Window is held, so that its
own last layer still fits.
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
from emotion.training.early_stopping import best_of

Tensors = Mapping[str, Tensor]
# One part of so many people trains nothing and says when to stop.
PARTS = 5
TOGETHER = 512


@dataclass(frozen=True, slots=True)
class Pretrain:
    """How long, how fast and what is hidden; `recipes/finetune.toml` has words.

    Attributes
    ----------
    epochs, patience : int
        Most epochs, 0 = none at all, and epochs without a better loss before stopping.
    most : int
        Unlabelled Windows that are looked at; of more, so many by lot.
    rows : int
        Windows a step.
    rate : float
        Adam's step size.
    streams : float
        Chance of hiding a Stream of a Window whole.
    steps : float
        Share of the steps of each Stream that is left, hidden as one span.
    hold : float
        What it costs to say other than the base of a Window; a squared deviation costs 1.
    """

    epochs: int
    patience: int
    most: int
    rows: int
    rate: float
    streams: float
    steps: float
    hold: float


class Masked(nn.Module):
    """The body that learns, with two ends: a layer a Stream, thrown away, and the base's, held."""

    def __init__(self, base: Base) -> None:
        super().__init__()
        whole = network(base)
        self.last, self.linear = whole.last, whole.linear
        self.requires_grad_(False)
        self.body = copy.deepcopy(base.body)
        wide, steps = whole.config.hidden, whole.config.steps
        self.told = nn.ModuleDict(
            {n: nn.Linear(wide, steps * len(known.mean)) for n, known in base.standards.items()}
        )

    def forward(self, values: Tensors, shown: Tensors) -> tuple[dict[str, Tensor], Tensor]:
        """Return what it tells of each Stream (B, T, F), and logits (B, K), from what is shown."""
        hidden = self.body(values, shown)
        told = {n: layer(hidden).view(values[n].shape) for n, layer in self.told.items()}
        said: Tensor = self.last(hidden)
        return told, said if self.linear is None else said + self.linear(values, shown, said)


@dataclass(frozen=True, slots=True)
class Side:
    """Standardised Windows (N, T, F) by Stream, and what the base says of each whole (N, K)."""

    values: Tensors
    masks: Tensors
    said: Tensor

    def rows(self, index: Tensor) -> Side:
        """Return those Windows."""
        values, masks = (
            {n: x[index] for n, x in each.items()} for each in (self.values, self.masks)
        )
        return Side(values, masks, self.said[index])


def network(base: Base) -> Any:
    """Return the base's whole network, in memory of its own."""
    return CrossModalPredictor(base.card, base.weights)._network


def pretrained(
    base: Base,
    batch: Batch,
    people: NDArray[np.int64],
    how: Pretrain,
    *,
    seed: int,
    kept_at: Checkpoint | None = None,
) -> Base:
    """Return the base with a body that these people's Windows taught; a part of them stops it.

    Parameters
    ----------
    batch, people
        Unstandardised Windows, and whose each is (N,).
    """
    torch.manual_seed(seed)
    masked, generator = Masked(base), torch.Generator().manual_seed(seed)
    standards = head_finetune.widened(base.standards, batch)
    whole = _side(base, standardise(mask_unfamiliar(batch, standards)[0], standards))
    # Who learns, and who says when to stop: nobody is both.
    first = cross_validation.by_people(people, PARTS, seed)[0]
    learn, stop = (whole.rows(torch.from_numpy(index)) for index in first)
    moving = [each for each in masked.parameters() if each.requires_grad]
    training = Training(masked, torch.optim.AdamW(moving, lr=how.rate), generator)

    def once() -> float:
        _epoch(training, learn, how)
        return _stopping(masked, stop, how, seed)

    best_of(training, once, how.epochs, how.patience, kept_at=kept_at, say=_told_to_nobody)
    learned = masked.body.state_dict()
    return base.with_network({f"{head_finetune.NETWORK}{n}": x.numpy() for n, x in learned.items()})


def chosen(found: Sequence[Example], how: Pretrain, *, seed: int) -> list[Example]:
    """Return those to be looked at, in their order, without what was said of any: all, or
    `how.most` of them by lot."""
    count = min(how.most, len(found)) if how.epochs else 0
    drawn = np.random.default_rng(seed).choice(len(found), count, replace=False).tolist()
    nothing: dict[str, Any] = {"label": None, "source": "", "levels": {}, "occasion": ""}
    return [replace(found[at], **nothing) for at in sorted(drawn)]


def left(masks: Tensors, how: Pretrain, generator: torch.Generator) -> dict[str, Tensor]:
    """Return what is shown (B, T, F): some Streams not at all, of the others all but a span."""
    shown = drop_modalities(masks, how.streams, generator)
    for name, mask in shown.items():
        rows, steps = mask.shape[:2]
        span = round(how.steps * steps)
        first = torch.randint(0, steps - span + 1, (rows, 1), generator=generator)
        at = torch.arange(steps)
        shown[name] = mask & ((at < first) | (at >= first + span))[..., None]
    return shown


def apart(told: Tensors, values: Tensors, masks: Tensors, shown: Tensors) -> Tensor:
    """Return the mean squared deviation over what came and was hidden, and of nothing else."""
    asked = {n: masks[n] & ~shown[n] for n in told}
    off = [torch.where(asked[n], told[n] - values[n], 0.0).square().sum() for n in told]
    count = torch.stack([each.sum() for each in asked.values()]).sum()
    return torch.stack(off).sum() / count.clamp(min=1)


def _loss(masked: Masked, side: Side, how: Pretrain, generator: torch.Generator) -> Tensor:
    shown = left(side.masks, how, generator)
    told, said = masked(side.values, shown)
    held = functional.cross_entropy(said, side.said)
    return apart(told, side.values, side.masks, shown) + how.hold * held


def _epoch(training: Training, side: Side, how: Pretrain) -> None:
    training.network.train()
    order = torch.randperm(len(side.said), generator=training.generator)
    for index in _slices(order, how.rows):
        loss = _loss(training.network, side.rows(index), how, training.generator)  # type: ignore[arg-type]  # ours
        training.optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
        torch.nn.utils.clip_grad_norm_(training.network.parameters(), 1.0)
        training.optimiser.step()


def _stopping(masked: Masked, side: Side, how: Pretrain, seed: int) -> float:
    """Return the loss of who does not train, with the same hidden each time."""
    masked.eval()
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        parts = [
            float(_loss(masked, side.rows(index), how, generator)) * len(index)
            for index in _slices(torch.arange(len(side.said)), TOGETHER)
        ]
    return sum(parts) / len(side.said)


def _side(base: Base, known: Batch) -> Side:
    said = torch.from_numpy(logits(network(base), known)).softmax(dim=1)
    values, masks = (
        {n: torch.from_numpy(x) for n, x in each.items()} for each in (known.values, known.masks)
    )
    return Side(values, masks, said)


def _slices(order: Tensor, rows: int) -> list[Tensor]:
    return [order[at : at + rows] for at in range(0, len(order), rows)]


def _told_to_nobody(line: str) -> None:
    """Its epochs are no parts of what it is a stage of."""
