"""Convolution, LSTM, self-attention, temporal convolutions: paper 1's baseline CLA-TCN (Table 2).

The paper only names the parts (CNN-LSTM-MHA-TCN, its reference 33). Order and sizes are our reading
of that name: each part reads the output of the previous one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from torch import Tensor, nn
from torch.nn import functional

from emotion.networks.cnn_lstm import Config as Convolved
from emotion.networks.cnn_lstm import Convolutions
from emotion.networks.early_fusion import (
    JoinedModalities,
    WindowConfig,
    last_step,
    make_example,
    make_head,
    valid_steps,
)

SPAN_S = 10.0

example = make_example


@dataclass(frozen=True, slots=True)
class Config(WindowConfig):
    """Configuration of the network.

    Attributes
    ----------
    width : int
        Of every part.
    heads : int
        Of the self-attention.
    dilations : tuple of int
        One per temporal convolution, in steps.
    hidden : int
        Width of the classifier's first layer.
    """

    width: int = 64
    heads: int = 8
    dilations: tuple[int, ...] = (1, 2, 4)
    hidden: int = 64

    @classmethod
    def small(cls) -> Config:
        """Return 32 wide, 4 heads, dilations 1 and 2."""
        return cls(width=32, heads=4, dilations=(1, 2), hidden=32)

    def build(self) -> ClaTcn:
        """Return the untrained network."""
        return ClaTcn(self)


class Temporal(nn.Module):
    """A causal convolution of three taps with ReLU and a residual connection."""

    def __init__(self, width: int, dilation: int) -> None:
        super().__init__()
        self.back = 2 * dilation
        self.convolution = nn.Conv1d(width, width, 3, dilation=dilation)

    def forward(self, x: Tensor) -> Tensor:
        """Return (B, D, T) of (B, D, T); a step sees itself and earlier ones."""
        return x + functional.relu(self.convolution(functional.pad(x, (self.back, 0))))


class ClaTcn(nn.Module):
    """Concatenated modalities, the four parts in order, two layers."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.joined = JoinedModalities(config.inputs)
        one = Convolved(filters=config.width, layers=1)
        self.convolutions = Convolutions(self.joined.width, one)
        self.lstm = nn.LSTM(config.width, config.width, batch_first=True)
        self.attention = nn.MultiheadAttention(config.width, config.heads, batch_first=True)
        self.norm = nn.LayerNorm(config.width)
        self.temporal = nn.Sequential(*(Temporal(config.width, d) for d in config.dilations))
        self.head = make_head(config.width, config.hidden, config.classes)

    def forward(self, values: Mapping[str, Tensor], masks: Mapping[str, Tensor]) -> Tensor:
        """Return logits (B, K) of values and masks (B, T, F)."""
        x, lengths = self.joined(values, masks)  # (B, T, S)
        x = self.lstm(self.convolutions(x, lengths))[0]  # (B, T, D)
        padding = ~valid_steps(lengths, x)
        x = self.norm(x + self.attention(x, x, x, padding, need_weights=False)[0])
        # Causal, so padding after a row's last step cannot influence it.
        x = self.temporal(x.transpose(1, 2)).transpose(1, 2)  # (B, T, D)
        logits: Tensor = self.head(last_step(x, lengths))
        return logits
