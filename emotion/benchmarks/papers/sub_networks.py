"""Paper 3's facial and physiological sub-networks alone, each with a classifier.

The parts are those of `emotion.models.foursub.network`. Kernel, depth and dropout can be changed
here for the grid of the paper's Figure 5; the product's network has them fixed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from torch import Tensor, nn

from emotion.models.foursub import network
from emotion.models.foursub.network import Convolution, Physiology


@dataclass(frozen=True, slots=True)
class FaceNetworkConfig:
    """Configuration of the facial sub-network; the defaults are the paper's.

    Attributes
    ----------
    classes, side : int
        Grey pictures (side, side).
    channels : tuple of int
        One convolution each.
    kernel : int
        Of all convolutions but the first, which has two more.
    hidden : tuple of int
    dropout : float
        Before each layer; the paper tunes it and gives no value.
    """

    classes: int = 4
    side: int = 256
    channels: tuple[int, ...] = (32, 64, 128)
    kernel: int = 3
    hidden: tuple[int, ...] = (512, 256)
    dropout: float = 0.0

    @classmethod
    def small(cls) -> FaceNetworkConfig:
        """Return pictures of 48 by 48 and a quarter of the filters."""
        return cls(side=48, channels=(8, 16, 32), hidden=(64, 32))

    def build(self) -> FaceNetwork:
        """Return the untrained network."""
        return FaceNetwork(self)


class FaceNetwork(nn.Module):
    """Convolutions with pooling, fully connected layers, the output."""

    def __init__(self, config: FaceNetworkConfig) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for at, (a, b) in enumerate(pairwise((1, *config.channels))):
            layers.append(Convolution(a, b, config.kernel + (2 if at == 0 else 0)))
        # As in the product's network: the last picture is averaged to 4 x 4.
        layers += [nn.AdaptiveAvgPool2d(4), nn.Flatten()]
        for a, b in pairwise((config.channels[-1] * 16, *config.hidden)):
            layers += [nn.Dropout(config.dropout), nn.Linear(a, b), nn.ReLU()]
        self.layers = nn.Sequential(*layers)
        self.last = nn.Linear(config.hidden[-1], config.classes)

    def forward(self, pictures: Tensor) -> Tensor:
        """Return logits (B, K) of pictures (B, 1, side, side)."""
        logits: Tensor = self.last(self.layers(pictures))
        return logits


@dataclass(frozen=True, slots=True)
class BodyNetworkConfig:
    """Configuration of the physiological sub-network; the defaults are the paper's."""

    inputs: Mapping[str, int] = field(default_factory=lambda: {"physiology": 2})
    classes: int = 3
    channels: tuple[int, int] = (64, 128)
    recurrent: int = 128

    @classmethod
    def small(cls) -> BodyNetworkConfig:
        """Return a quarter of the filters."""
        return cls(channels=(16, 32), recurrent=32)

    def build(self) -> BodyNetwork:
        """Return the untrained network."""
        return BodyNetwork(self)


class BodyNetwork(nn.Module):
    """Convolutions and an LSTM over a minute of heart rate and skin responses, the output."""

    def __init__(self, config: BodyNetworkConfig) -> None:
        super().__init__()
        sized = network.Config(physiology_channels=config.channels, recurrent=config.recurrent)
        self.physiology = Physiology(sized)
        self.last = nn.Linear(config.recurrent, config.classes)

    def forward(self, values: Mapping[str, Tensor], masks: Mapping[str, Tensor]) -> Tensor:
        """Return logits (B, K) of values and masks (B, 60, 2)."""
        found = self.physiology(values["physiology"], masks["physiology"])
        logits: Tensor = self.last(found)
        return logits
