"""Three fully connected layers on a Window's features: a baseline of papers 2 and 3.

Paper 3 (its Table 3): "three fully connected layers and a Softmax output layer"; paper 2 (its Table
4) an MLP on hand-crafted features. Neither gives sizes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from torch import Tensor, nn

from emotion.networks.early_fusion import (
    JoinedModalities,
    WindowConfig,
    make_example,
    mean_over_steps,
)

SPAN_S = 10.0

example = make_example


@dataclass(frozen=True, slots=True)
class Config(WindowConfig):
    """Configuration of the network.

    Attributes
    ----------
    hidden : tuple of int
        Widths of the fully connected layers before the output.
    """

    hidden: tuple[int, ...] = (256, 128, 64)

    @classmethod
    def small(cls) -> Config:
        """Return layers of 64, 32 and 16."""
        return cls(hidden=(64, 32, 16))

    def build(self) -> Perceptron:
        """Return the untrained network."""
        return Perceptron(self)


class Perceptron(nn.Module):
    """Each feature's mean over the steps, the layers with ReLU, the output."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.joined = JoinedModalities(config.inputs)
        widths = (self.joined.width, *config.hidden)
        layers: list[nn.Module] = []
        for a, b in pairwise(widths):
            layers += [nn.Linear(a, b), nn.ReLU()]
        self.layers = nn.Sequential(*layers, nn.Linear(widths[-1], config.classes))

    def forward(self, values: Mapping[str, Tensor], masks: Mapping[str, Tensor]) -> Tensor:
        """Return logits (B, K) of values and masks (B, T, F)."""
        logits: Tensor = self.layers(
            mean_over_steps(*self.joined(values, masks))
        )  # (B, S) -> (B, K)
        return logits
