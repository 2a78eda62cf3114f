"""Early fusion and other common parts of networks: modalities concatenated at each step.

Letters in shapes: B batch, T steps, F features of one modality, S those of all, D width.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Protocol, Self

import torch
from torch import Tensor, nn

# Paper 1's modalities and their numbers of features (science.md, section 1).
PAPER_1: Mapping[str, int] = MappingProxyType({"gaze": 20, "ppg": 12, "semantics": 25})

STEPS = 10

Tensors = dict[str, Tensor]


class Inputs(Protocol):
    """A config of a network that reads Windows."""

    @property
    def inputs(self) -> Mapping[str, int]:
        """Number of features of each modality."""


def make_example(config: Inputs, batch: int, generator: torch.Generator) -> tuple[Tensors, Tensors]:
    """Return values and masks, (batch, 10, F) each, with one feature in ten masked."""
    values, masks = {}, {}
    for name, count in config.inputs.items():
        if count:
            values[name] = torch.randn(batch, STEPS, count, generator=generator)
            masks[name] = torch.rand(batch, STEPS, count, generator=generator) < 0.9
    return values, masks


@dataclass(frozen=True, slots=True)
class WindowConfig:
    """What every configuration of a network on Windows has; the defaults are the paper's sizes.

    Attributes
    ----------
    inputs : mapping from modality to number of features
    classes : int
    """

    inputs: Mapping[str, int] = field(default_factory=lambda: dict(PAPER_1))
    classes: int = 4

    @classmethod
    def paper(cls) -> Self:
        """Return the paper's sizes, or ours where it gives none."""
        return cls()


class JoinedModalities(nn.Module):
    """Concatenates all modalities' features at each step; an absent one is replaced by its
    embedding.
    """

    def __init__(self, inputs: Mapping[str, int]) -> None:
        super().__init__()
        # A card's JSON may list the inputs in any order; ours is alphabetical.
        self.counts = {name: inputs[name] for name in sorted(inputs)}
        self.width = sum(self.counts.values())  # S
        self.absent = nn.ParameterDict(
            {name: nn.Parameter(torch.randn(count) * 0.02) for name, count in self.counts.items()}
        )

    def forward(
        self, values: Mapping[str, Tensor], masks: Mapping[str, Tensor]
    ) -> tuple[Tensor, Tensor]:
        """Return (B, T, S) and the number of present steps (B,).

        Parameters
        ----------
        values, masks : mapping from modality to (B, T, F)
            A masked feature counts as 0. Steps without any modality are removed and the rest move
            up, in order; a row without any step keeps one, of embeddings.
        """
        like = next(iter(values.values()))
        pieces, there = [], torch.zeros(like.shape[:2], dtype=torch.bool, device=like.device)
        for name in self.counts:
            piece = self.absent[name].expand(*like.shape[:2], -1)  # (B, T, F)
            if name in values:
                steps = masks[name].any(dim=-1)  # (B, T)
                seen = torch.where(masks[name], values[name], 0.0)
                piece = torch.where(steps.any(dim=1)[:, None, None], seen, piece)
                there = there | steps
            pieces.append(piece)
        return compact(torch.cat(pieces, dim=-1), there)


def compact(x: Tensor, steps: Tensor) -> tuple[Tensor, Tensor]:
    """Move the present steps to the front, in order, and set the rest to 0.

    Parameters
    ----------
    x : (B, T, D)
    steps : (B, T) bool

    Returns
    -------
    (B, T, D), and the number of steps (B,), at least 1: a row without any keeps its first.
    """
    steps = steps | (~steps.any(dim=1, keepdim=True) & (_places(steps) == 0))
    order = torch.argsort((~steps).to(torch.int8), dim=1, stable=True)  # (B, T)
    moved = torch.gather(x, 1, order[..., None].expand_as(x))
    lengths = steps.sum(dim=1)
    return torch.where(valid_steps(lengths, x)[..., None], moved, 0.0), lengths


def valid_steps(lengths: Tensor, x: Tensor) -> Tensor:
    """Return (B, T) bool: the first `lengths` (B,) of x's T steps."""
    return torch.arange(x.shape[1], device=x.device) < lengths[:, None]


def last_step(x: Tensor, lengths: Tensor) -> Tensor:
    """Return each row's last step: (B, T, D) -> (B, D)."""
    return x[torch.arange(len(x), device=x.device), lengths - 1]


def mean_over_steps(x: Tensor, lengths: Tensor) -> Tensor:
    """Return the mean over each row's steps: (B, T, D) -> (B, D)."""
    return torch.where(valid_steps(lengths, x)[..., None], x, 0.0).sum(dim=1) / lengths[:, None]


def make_head(width: int, hidden: int, classes: int) -> nn.Sequential:
    """Return the classifier at the end of all these networks: FC, ReLU, FC."""
    return nn.Sequential(nn.Linear(width, hidden), nn.ReLU(), nn.Linear(hidden, classes))


def _places(steps: Tensor) -> Tensor:
    return torch.arange(steps.shape[1], device=steps.device).expand_as(steps)
