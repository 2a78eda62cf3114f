"""Cascaded multi-head attention: paper 1's baseline CMHA (Table 2).

The paper only names it (its reference 35). Our reading: each modality is encoded by itself, and the
accumulated result attends to one modality after another.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from emotion.networks.early_fusion import (
    WindowConfig,
    compact,
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
    inputs
        Attended to in the order of their names.
    width, heads : int
        Of each modality's LSTM, and of each attention.
    hidden : int
        Width of the classifier's first layer.
    """

    width: int = 64
    heads: int = 8
    hidden: int = 64

    @classmethod
    def small(cls) -> Config:
        """Return 32 wide, 4 heads."""
        return cls(width=32, heads=4, hidden=32)

    def build(self) -> Cascade:
        """Return the untrained network."""
        return Cascade(self)


class Cascade(nn.Module):
    """An LSTM per modality, self-attention of the first, then one attention for each further
    one.
    """

    def __init__(self, config: Config) -> None:
        super().__init__()
        # A card's JSON may list the inputs in any order; ours is alphabetical.
        self.names = tuple(sorted(config.inputs))
        self.encoders = nn.ModuleDict(
            {n: nn.LSTM(config.inputs[n], config.width, batch_first=True) for n in self.names}
        )
        self.absent = nn.Parameter(torch.randn(len(self.names), config.width) * 0.02)
        self.asks = nn.ModuleDict(
            {
                n: nn.MultiheadAttention(config.width, config.heads, batch_first=True)
                for n in self.names
            }
        )
        self.norms = nn.ModuleDict({n: nn.LayerNorm(config.width) for n in self.names})
        self.head = make_head(config.width, config.hidden, config.classes)

    def forward(self, values: Mapping[str, Tensor], masks: Mapping[str, Tensor]) -> Tensor:
        """Return logits (B, K) of values and masks (B, T, F)."""
        like = next(iter(values.values()))
        gathered, counted = self._tokens(self.names[0], values, masks, like)
        for name in self.names:
            tokens, lengths = self._tokens(name, values, masks, like)
            padding = ~valid_steps(lengths, tokens)
            found = self.asks[name](gathered, tokens, tokens, padding, need_weights=False)[0]
            gathered = self.norms[name](gathered + found)  # (B, T, D)
        logits: Tensor = self.head(mean_over_steps(gathered, counted))
        return logits

    def _tokens(
        self, name: str, values: Mapping[str, Tensor], masks: Mapping[str, Tensor], like: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Return a modality's steps (B, T, D) and how many there are (B,); absent: one."""
        batch, steps = like.shape[:2]
        absent = self.absent[self.names.index(name)].expand(batch, steps, -1)
        if name not in values:
            return absent, torch.ones(batch, dtype=torch.long, device=like.device)
        present = masks[name].any(dim=-1)  # (B, T)
        seen, lengths = compact(torch.where(masks[name], values[name], 0.0), present)
        there = present.any(dim=1)[:, None, None]
        return torch.where(there, self.encoders[name](seen)[0], absent), lengths
