"""Convolutions over time, then an LSTM: a baseline of papers 1 and 3.

For paper 1 on the concatenated modalities of its Table 2; for paper 3 (its Table 4) on the steps of
facial features: `Config(inputs={"face": 18})`. Neither gives sizes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from torch import Tensor, nn
from torch.nn import functional

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
    filters, kernel : int
        Of each convolution; the kernel is odd.
    layers : int
        Number of convolutions.
    width, hidden : int
        Units of the LSTM, and width of the classifier's first layer.
    """

    filters: int = 64
    kernel: int = 3
    layers: int = 2
    width: int = 64
    hidden: int = 64

    @classmethod
    def small(cls) -> Config:
        """Return one convolution of 32 filters and an LSTM of 32."""
        return cls(filters=32, layers=1, width=32, hidden=32)

    def build(self) -> ConvolvedRecurrent:
        """Return the untrained network."""
        return ConvolvedRecurrent(self)


class Convolutions(nn.Module):
    """Convolutions over time with ReLU; the end of a row is treated like the edge of the
    sequence.
    """

    def __init__(self, width_in: int, config: Config) -> None:
        super().__init__()
        widths = [width_in] + [config.filters] * config.layers
        self.layers = nn.ModuleList(
            nn.Conv1d(a, b, config.kernel, padding=config.kernel // 2) for a, b in pairwise(widths)
        )

    def forward(self, x: Tensor, lengths: Tensor) -> Tensor:
        """Return (B, T, filters) of (B, T, S), 0 after the first `lengths` (B,) steps."""
        there = valid_steps(lengths, x)[:, None]  # (B, 1, T)
        x = x.transpose(1, 2)  # (B, S, T)
        for layer in self.layers:
            x = functional.relu(layer(x)) * there
        return x.transpose(1, 2)  # (B, T, filters)


class ConvolvedRecurrent(nn.Module):
    """Concatenated modalities, convolutions, LSTM, two layers."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.joined = JoinedModalities(config.inputs)
        self.convolutions = Convolutions(self.joined.width, config)
        self.lstm = nn.LSTM(config.filters, config.width, batch_first=True)
        self.head = make_head(config.width, config.hidden, config.classes)

    def forward(self, values: Mapping[str, Tensor], masks: Mapping[str, Tensor]) -> Tensor:
        """Return logits (B, K) of values and masks (B, T, F)."""
        x, lengths = self.joined(values, masks)  # (B, T, S)
        found = self.lstm(self.convolutions(x, lengths))[0]  # (B, T, D)
        logits: Tensor = self.head(last_step(found, lengths))
        return logits
