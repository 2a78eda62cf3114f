"""A transformer encoder on concatenated modalities: a baseline of papers 1 and 3.

For paper 1 its Table 2; for paper 3 (TransFER, its Table 4) on the steps of facial features:
`Config(inputs={"face": 18})`. Neither gives sizes.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from emotion.networks.early_fusion import (
    JoinedModalities,
    WindowConfig,
    make_example,
    make_head,
    mean_over_steps,
    valid_steps,
)

SPAN_S = 10.0

example = make_example


@dataclass(frozen=True, slots=True)
class Config(WindowConfig):
    """Configuration of the network.

    Attributes
    ----------
    width, heads, layers : int
        Of the encoder; its inner layers are 4 widths wide.
    hidden : int
        Width of the classifier's first layer.
    """

    width: int = 64
    heads: int = 8
    layers: int = 2
    hidden: int = 64

    @classmethod
    def small(cls) -> Config:
        """Return one layer, 32 wide, 4 heads."""
        return cls(width=32, heads=4, layers=1, hidden=32)

    def build(self) -> Transformer:
        """Return the untrained network."""
        return Transformer(self)


class TransformerBlock(nn.Module):
    """Pre-normalised self-attention and two layers, with residual connections."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.before, self.between = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attention = nn.MultiheadAttention(width, heads, batch_first=True)
        self.wide, self.narrow = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x: Tensor, padding: Tensor) -> Tensor:
        """Return (B, T, D); `padding` (B, T) is True where there is no step."""
        normed = self.before(x)
        x = x + self.attention(normed, normed, normed, padding, need_weights=False)[0]
        inner: Tensor = self.narrow(functional.gelu(self.wide(self.between(x))))
        return x + inner


class Transformer(nn.Module):
    """Concatenated modalities, projection, positional encoding, blocks, mean, two layers."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.joined = JoinedModalities(config.inputs)
        self.entry = nn.Linear(self.joined.width, config.width)
        self.blocks = nn.ModuleList(
            TransformerBlock(config.width, config.heads) for _ in range(config.layers)
        )
        self.head = make_head(config.width, config.hidden, config.classes)

    def forward(self, values: Mapping[str, Tensor], masks: Mapping[str, Tensor]) -> Tensor:
        """Return logits (B, K) of values and masks (B, T, F)."""
        x, lengths = self.joined(values, masks)  # (B, T, S)
        x = self.entry(x)  # (B, T, D)
        x = x + encode_positions(x.shape[1], x.shape[2]).to(x)
        for block in self.blocks:
            x = block(x, ~valid_steps(lengths, x))
        logits: Tensor = self.head(mean_over_steps(x, lengths))
        return logits


def encode_positions(steps: int, width: int) -> Tensor:
    """Return (steps, width) sines and cosines of the place, Vaswani et al. (2017), section 3.5."""
    rates = torch.exp(torch.arange(0, width, 2) * (-math.log(10_000.0) / width))  # (width / 2,)
    turns = torch.arange(steps)[:, None] * rates
    return torch.stack([turns.sin(), turns.cos()], dim=-1).flatten(1)[:, :width]
