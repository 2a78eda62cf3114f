"""A linear path parallel to the attention: logistic regression on the same features.

With the attention's logits at zero the network equals that regression. So the network includes it,
and attention adds only what the regression cannot represent.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn


class LinearPath(nn.Module):
    """Logits from each modality's mean over its steps, and from whether it is present at all."""

    def __init__(self, features: Mapping[str, int], classes: int) -> None:
        super().__init__()
        self.layers = nn.ModuleDict({n: nn.Linear(count, classes) for n, count in features.items()})
        for parameter in self.parameters():
            nn.init.zeros_(parameter)

    def forward(
        self, values: Mapping[str, Tensor], masks: Mapping[str, Tensor], like: Tensor
    ) -> Tensor:
        """Return what to add to `like` (B, K).

        Parameters
        ----------
        values, masks : mapping from modality to (B, T, F)
            A feature's mean is over the steps where it is present, 0 if there are none. A modality
            without any present feature, or missing, adds nothing.
        """
        added = torch.zeros_like(like)
        for name, layer in self.layers.items():
            if name in values:
                mean, came = _mean(values[name], masks[name])
                added = added + layer(mean) * came
        return added


def _mean(values: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
    """Return means over present steps (B, F), and 1 where anything was present (B, 1)."""
    count = mask.sum(dim=1)  # (B, F)
    total = torch.where(mask, values, 0.0).sum(dim=1)
    came = (count > 0).any(dim=1, keepdim=True).to(values.dtype)
    return total / count.clamp(min=1), came
