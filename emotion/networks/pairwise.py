"""Paper 1's network as printed, with every fusion of its Table 4.

Eye movements and PPG pass a size-1 convolution and an LSTM, video semantics an LSTM. Each ordered
pair of modalities attends, and the stack's mean and deviation are classified. Our addition: a
missing modality is replaced by a learned absent embedding.

The paper does not say how a single modality or a concatenation is classified. Here each modality's
mean over time is concatenated and passed to the same two layers.

Letters in shapes: B batch, T steps, F features, M modalities, P ordered pairs, D width, K classes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

from emotion.networks.cross_attention import PairAttention, classify
from emotion.networks.early_fusion import (
    WindowConfig,
    compact,
    make_example,
    mean_over_steps,
    valid_steps,
)

SPAN_S = 10.0

# The one modality that enters its LSTM without a convolution.
SEMANTICS = "semantics"

# Numbers of components of the video semantics that the paper tried; it chose 25.
COMPONENTS = (20, 25, 50, 70, 100)

example = make_example


@dataclass(frozen=True, slots=True)
class Config(WindowConfig):
    """Configuration of the network; the defaults are section 4.2's sizes.

    Attributes
    ----------
    fusion : {"attention", "concatenation"}
        "attention" needs two modalities or more.
    convolution : int
        Filters of the size-1 convolution.
    width : int
        D, units of each LSTM.
    heads, key, value : int
        H, and the widths of a head's keys and values.
    hidden : int
        Width of the classifier's first layer.
    """

    fusion: Literal["attention", "concatenation"] = "attention"
    convolution: int = 16
    width: int = 64
    heads: int = 8
    key: int = 128
    value: int = 64
    hidden: int = 64

    @classmethod
    def small(cls) -> Config:
        """Return a network 32 wide with four plain heads."""
        return cls(width=32, heads=4, key=8, value=8, hidden=32)

    def build(self) -> Pairwise:
        """Return the untrained network."""
        return Pairwise(self)


def table_4(config: Config, eye: str = "gaze", pulse: str = "ppg") -> dict[str, Config]:
    """Return experiments I to VII of the paper's Table 4, each a variant of `config`.

    Parameters
    ----------
    eye, pulse : str
        Names in `config.inputs` of the paper's EM and PPG; "semantics" is its VSI.
    """

    def cut(fusion: Literal["attention", "concatenation"], *names: str) -> Config:
        return replace(config, fusion=fusion, inputs={name: config.inputs[name] for name in names})

    return {
        "I": cut("concatenation", eye),
        "II": cut("concatenation", pulse),
        "III": cut("attention", eye, pulse),
        "IV": cut("attention", pulse, SEMANTICS),
        "V": cut("attention", eye, SEMANTICS),
        "VI": cut("concatenation", eye, pulse, SEMANTICS),
        "VII": cut("attention", eye, pulse, SEMANTICS),
    }


class Encoder(nn.Module):
    """Encodes one modality's steps to width D."""

    def __init__(self, features: int, config: Config, *, convolved: bool) -> None:
        super().__init__()
        self.convolution = nn.Linear(features, config.convolution) if convolved else None
        entering = config.convolution if convolved else features
        self.lstm = nn.LSTM(entering, config.width, batch_first=True)

    def forward(self, x: Tensor) -> Tensor:
        """Encode (B, T, F) -> (B, T, D); a convolution of size 1 is a layer at each step."""
        if self.convolution is not None:
            x = functional.relu(self.convolution(x))
        encoded: Tensor = self.lstm(x)[0]
        return encoded


class Pairwise(nn.Module):
    """The whole network."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        if config.fusion == "attention" and len(config.inputs) < 2:
            raise ValueError(f"expected two modalities to attend, got {list(config.inputs)}")
        self.config = config
        # A card's JSON may list the inputs in any order; ours is alphabetical.
        self.names = tuple(sorted(config.inputs))
        self.encoders = nn.ModuleDict(
            {
                name: Encoder(config.inputs[name], config, convolved=name != SEMANTICS)
                for name in self.names
            }
        )
        self.absent = nn.Parameter(torch.randn(len(self.names), config.width) * 0.02)
        attends = config.fusion == "attention"
        self.attention = PairAttention(len(self.names), config) if attends else None
        entering = 2 * config.width if attends else len(self.names) * config.width
        self.first = nn.Linear(entering, config.hidden)
        self.last = nn.Linear(config.hidden, config.classes)

    def forward(self, values: Mapping[str, Tensor], masks: Mapping[str, Tensor]) -> Tensor:
        """Return logits (B, K).

        Parameters
        ----------
        values, masks : mapping from modality to (B, T, F)
            A masked feature counts as 0. A step without any present feature takes no part. A
            modality without such a step, or missing, is replaced by its absent embedding.
        """
        like = next(iter(values.values()))
        pieces = [self._tokens(name, values, masks, like) for name in self.names]
        if self.attention is not None:
            lengths = [valid_steps(count, tokens) for tokens, count in pieces]
            stack = self.attention([tokens for tokens, _ in pieces], lengths)  # (B, P, D)
            return classify(stack, self.first, self.last)
        joined = torch.cat([mean_over_steps(*piece) for piece in pieces], dim=-1)  # (B, M D)
        logits: Tensor = self.last(functional.relu(self.first(joined)))
        return logits

    def _tokens(
        self, name: str, values: Mapping[str, Tensor], masks: Mapping[str, Tensor], like: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Return a modality's tokens (B, T, D) and how many of them are valid (B,)."""
        batch, steps = like.shape[:2]
        absent = self.absent[self.names.index(name)].expand(batch, steps, -1)  # (B, T, D)
        alone = torch.ones(batch, dtype=torch.long, device=like.device)
        if name not in values:
            return absent, alone
        present = masks[name].any(dim=-1)  # (B, T)
        there = present.any(dim=1)  # (B,)
        seen, lengths = compact(torch.where(masks[name], values[name], 0.0), present)
        tokens = torch.where(there[:, None, None], self.encoders[name](seen), absent)
        return tokens, lengths
