"""The exported torch module: from a Window's features to probabilities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from emotion.features.batch import FARTHEST, Standard
from emotion.features.resampling import STEPS

# One in five: as `emotion.features.batch.UNFAMILIAR`, in whole numbers.
ONE_IN = 5


class Graph(nn.Module):
    """Standards, familiarity test, network and temperature of one Predictor.

    Parameters
    ----------
    network : callable
        From values and masks by Stream to logits (N, K).
    standards : mapping from stream to Standard
        In the order of the inputs.
    """

    def __init__(
        self, network: nn.Module, standards: Mapping[str, Standard], temperature: float
    ) -> None:
        super().__init__()
        self.network, self.names, self.temperature = network, tuple(standards), temperature
        for name, known in standards.items():
            for part in ("mean", "deviation", "lo", "hi"):
                self.register_buffer(f"{name}_{part}", torch.from_numpy(getattr(known, part)))

    def forward(self, values: Sequence[Tensor], masks: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
        """Return (N, K) probabilities, and (N, S) which Streams were used.

        Parameters
        ----------
        values, masks : S of (N, T, F), float32 and bool
            Raw features, 0 where masked.
        """
        shown = {
            name: mask & self._familiar(name, value, mask)[:, None, None]
            for name, value, mask in zip(self.names, values, masks, strict=True)
        }
        scaled = {
            name: torch.where(shown[name], self._scaled(name, value), 0.0)
            for name, value in zip(self.names, values, strict=True)
        }
        logits = self.network(scaled, shown) / self.temperature
        used = torch.stack([shown[name].flatten(1).any(dim=1) for name in self.names], dim=1)
        return torch.softmax(logits, dim=1), used

    def _familiar(self, name: str, values: Tensor, mask: Tensor) -> Tensor:
        """Return (N,): at most a fifth of the present features lie outside the training range."""
        count = mask.sum(dim=1)  # (N, F)
        held = torch.where(mask, values, 0.0).sum(dim=1) / count.clamp(min=1)
        outside = (held < self._get_part(name, "lo")) | (held > self._get_part(name, "hi"))
        strange = (outside & (count > 0)).sum(dim=1)
        return strange * ONE_IN <= (count > 0).sum(dim=1)

    def _scaled(self, name: str, values: Tensor) -> Tensor:
        scaled = (values - self._get_part(name, "mean")) / self._get_part(name, "deviation")
        return scaled.clamp(-FARTHEST, FARTHEST)

    def _get_part(self, name: str, part: str) -> Tensor:
        return self.get_buffer(f"{name}_{part}")


def example(standards: Mapping[str, Standard], rows: int) -> tuple[list[Tensor], list[Tensor]]:
    """Return values and masks of `rows` Windows, all present and 0."""
    shapes = [(rows, STEPS, len(known.mean)) for known in standards.values()]
    return (
        [torch.zeros(shape) for shape in shapes],
        [torch.ones(shape, dtype=torch.bool) for shape in shapes],
    )
