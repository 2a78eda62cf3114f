"""LSTM on modalities concatenated at each step: a baseline of paper 1 (Table 2).

The paper gives no sizes; these are those of its own encoders (64 units, a first layer of 64).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from torch import Tensor, nn

from emotion.networks.early_fusion import (
    JoinedModalities,
    WindowConfig,
    last_step,
    make_example,
    make_head,
)

SPAN_S = 10.0

example = make_example


@dataclass(frozen=True, slots=True)
class Config(WindowConfig):
    """Configuration of the network.

    Attributes
    ----------
    width, hidden : int
        Units of the LSTM, and width of the classifier's first layer.
    """

    width: int = 64
    hidden: int = 64

    @classmethod
    def small(cls) -> Config:
        """Return half of those sizes."""
        return cls(width=32, hidden=32)

    def build(self) -> Recurrent:
        """Return the untrained network."""
        return Recurrent(self)


class Recurrent(nn.Module):
    """Concatenated modalities, LSTM, its output at the last step, two layers."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.joined = JoinedModalities(config.inputs)
        self.lstm = nn.LSTM(self.joined.width, config.width, batch_first=True)
        self.head = make_head(config.width, config.hidden, config.classes)

    def forward(self, values: Mapping[str, Tensor], masks: Mapping[str, Tensor]) -> Tensor:
        """Return logits (B, K) of values and masks (B, T, F)."""
        x, lengths = self.joined(values, masks)  # (B, T, S)
        # Padding after a row's last step cannot influence it.
        logits: Tensor = self.head(last_step(self.lstm(x)[0], lengths))
        return logits
