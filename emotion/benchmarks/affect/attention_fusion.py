"""A network with interpretable fusion weights: encoders and paper 3's attention over modalities.

It answers one question only: does deleting what attention points at change the answer? The product
never shows these weights.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from torch import Tensor, nn

from emotion.models.crossmodal import network
from emotion.models.foursub.network import Fusion
from emotion.networks.cross_attention import shares


@dataclass(frozen=True, slots=True)
class Config:
    """Configuration of the network.

    Attributes
    ----------
    inputs : mapping from modality to number of features
    classes : int
    width : int
        Of every modality's encoding.
    """

    inputs: Mapping[str, int]
    classes: int = 4
    width: int = 32

    def build(self) -> AttentionFusion:
        """Return the untrained network."""
        return AttentionFusion(self)


class AttentionFusion(nn.Module):
    """Pointwise encoders, their means over time, attention over modalities, one layer."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.names = tuple(sorted(config.inputs))
        sized = network.Config(config.inputs, config.classes, width=config.width, convolution=32)
        self.encoders = nn.ModuleDict(
            {name: network.Encoder(config.inputs[name], sized) for name in self.names}
        )
        # Paper 3's fusion uses only the width of its config.
        self.fusion = Fusion(dict.fromkeys(self.names, config.width), config)  # type: ignore[arg-type]
        self.last = nn.Linear(config.width, config.classes)

    def forward(self, values: Mapping[str, Tensor], masks: Mapping[str, Tensor]) -> Tensor:
        """Return logits (B, K) of values and masks (B, T, F)."""
        logits: Tensor = self.last(self.fusion(*self._encode(values, masks)))
        return logits

    def attention(self, values: Mapping[str, Tensor], masks: Mapping[str, Tensor]) -> Tensor:
        """Return the weight of each modality, in the order of their names (B, M)."""
        seen: list[Tensor] = []
        watch = self.fusion.score.register_forward_hook(
            lambda _module, _given, scores: seen.append(scores[..., 0].softmax(dim=-1))
        )
        self(values, masks)
        watch.remove()
        return seen[0]

    def _encode(
        self, values: Mapping[str, Tensor], masks: Mapping[str, Tensor]
    ) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        """Return each modality's mean over its steps (B, D), and whether it is present (B,)."""
        said, there = {}, {}
        for name in self.names:
            present = masks[name].any(dim=-1)  # (B, T)
            there[name] = present.any(dim=1)
            counted = present | ~there[name][:, None]
            encoded = self.encoders[name](values[name], masks[name])  # (B, T, D)
            said[name] = (shares(counted)[..., None] * encoded).sum(dim=1)
        return said, there
