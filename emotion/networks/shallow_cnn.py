"""A shallow network on pictures: paper 3's baseline CNN-shallow (its Table 3).

"Two convolutional layers, two pooling layers, and two fully connected layers"; sizes are ours.
Pictures come from data sets on disk only, never from a learner's camera.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

SPAN_S = 10.0


@dataclass(frozen=True, slots=True)
class Config:
    """Configuration of the network.

    Attributes
    ----------
    channels, side : int
        Of a picture (channels, side, side); the side is a multiple of 4.
    filters : tuple of two int
        Of the two convolutions.
    hidden : int
        Width of the first fully connected layer.
    """

    classes: int = 4
    channels: int = 1
    side: int = 256
    filters: tuple[int, int] = (32, 64)
    hidden: int = 128

    @classmethod
    def paper(cls) -> Config:
        """Return paper 3's grey pictures of 256 by 256."""
        return cls()

    @classmethod
    def small(cls) -> Config:
        """Return pictures of 48 by 48 and a quarter of the filters."""
        return cls(side=48, filters=(8, 16), hidden=32)

    def build(self) -> ShallowCnn:
        """Return the untrained network."""
        return ShallowCnn(self)


def example(config: Config, batch: int, generator: torch.Generator) -> tuple[Tensor]:
    """Return random pictures (batch, channels, side, side), grey values 0 to 1."""
    shape = (batch, config.channels, config.side, config.side)
    return (torch.rand(shape, generator=generator),)


class ShallowCnn(nn.Module):
    """Convolution, pooling, convolution, pooling, two layers."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        first, second = config.filters
        self.layers = nn.Sequential(
            nn.Conv2d(config.channels, first, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(first, second, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Flatten(),  # (B, filters, side / 4, side / 4) -> (B, filters side^2 / 16)
            nn.Linear(second * (config.side // 4) ** 2, config.hidden),
            nn.ReLU(),
            nn.Linear(config.hidden, config.classes),
        )

    def forward(self, pictures: Tensor) -> Tensor:
        """Return logits (B, K) of pictures (B, C, side, side)."""
        logits: Tensor = self.layers(pictures)
        return logits
