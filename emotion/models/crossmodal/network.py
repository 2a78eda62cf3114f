"""Our network: paper 1's pairwise cross-attention over Streams that may be missing.

It resembles `emotion.networks.pairwise`, which is the paper's own, but is made for live Streams.
Masked features are marked by flags, and projections belong to modalities instead of pairs. Each
step has a learned code instead of an LSTM. A linear path may run parallel to the attention.

Letters in shapes: B batch, M modalities, P = M (M - 1) ordered pairs, T steps, D width, K classes.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from emotion.features.window import NAMES
from emotion.networks.cross_attention import PairAttention, SharedPairAttention, classify
from emotion.networks.early_fusion import PAPER_1, make_example

SPAN_S = 10.0

example = make_example


@dataclass(frozen=True, slots=True)
class Config:
    """Configuration of the network.

    Attributes
    ----------
    inputs : mapping from modality to number of features F
        0 = named, but never seen in training: only its absent embedding takes part.
    classes : int
    steps : int
        T, longest sequence.
    width : int
        D, width of every modality after its encoder.
    heads, key, value : int
        H, and the widths of a head's keys and values.
    hidden : int
        Width of the classifier's first layer; also of the encoder's convolution.
    recurrent : bool
        True = a size-1 convolution, then an LSTM (paper 1); False = pointwise layers and a learned
        code for each step.
    shared : bool
        True = projections belong to a modality; False = to an ordered pair (paper 1).
    convolution : int
        Filters of the size-1 convolution.
    linear : bool
        True = a linear path from the modalities' means is added to the logits (ours only).
    """

    inputs: Mapping[str, int]
    classes: int = 4
    steps: int = 10
    width: int = 64
    heads: int = 4
    key: int = 16
    value: int = 16
    hidden: int = 64
    recurrent: bool = False
    shared: bool = True
    convolution: int = 64
    linear: bool = False

    @classmethod
    def paper(cls) -> Config:
        """Return paper 1's sizes and its LSTM, every pair with its own projections."""
        return cls(
            dict(PAPER_1),
            heads=8,
            key=128,
            value=64,
            recurrent=True,
            shared=False,
            convolution=16,
        )

    @classmethod
    def small(cls) -> Config:
        """Return the live form: every Stream with features; paper 1's modalities are reserved."""
        seen = {name: len(features) for name, features in NAMES.items()}
        return cls(dict.fromkeys(PAPER_1, 0) | seen, linear=True)

    def build(self) -> CrossModal:
        """Return the untrained network."""
        return CrossModal(self)


class LinearPath(nn.Module):
    """Logits from each modality's mean over its steps, and from whether it is present at all.

    It is logistic regression on the features of the attention. With the attention's logits at zero
    the network equals that regression, so attention adds only what the regression cannot represent.
    """

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
        for name in self.layers:
            if name in values:
                added = added + self.part(name, values, masks)
        return added

    def part(self, name: str, values: Mapping[str, Tensor], masks: Mapping[str, Tensor]) -> Tensor:
        """Return what a modality adds (B, K)."""
        mean, came = _mean(values[name], masks[name])
        found: Tensor = self.layers[name](mean) * came
        return found


def _mean(values: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
    """Return means over present steps (B, F), and 1 where anything was present (B, 1)."""
    count = mask.sum(dim=1)  # (B, F)
    total = torch.where(mask, values, 0.0).sum(dim=1)
    came = (count > 0).any(dim=1, keepdim=True).to(values.dtype)
    return total / count.clamp(min=1), came


# Large enough that attention can distinguish steps from the start.
CODE = 1.0


class Encoder(nn.Module):
    """Encodes one modality's steps to width D; masked features are zero and marked by flags."""

    def __init__(self, features: int, config: Config) -> None:
        super().__init__()
        self.recurrent = config.recurrent
        self.convolution = nn.Linear(2 * features, config.convolution)  # size 1 over time
        if config.recurrent:
            self.lstm = nn.LSTM(config.convolution, config.width, batch_first=True)
        else:
            self.point = nn.Linear(config.convolution, config.width)
            self.code = nn.Parameter(torch.randn(config.steps, config.width) * CODE)

    def forward(self, values: Tensor, mask: Tensor) -> Tensor:
        """Encode values (B, T, F) where mask (B, T, F) is True, else 0 -> (B, T, D)."""
        flags = mask.to(values.dtype)
        seen = torch.cat([torch.where(mask, values, 0.0), flags], dim=-1)  # (B, T, 2F)
        hidden = functional.relu(self.convolution(seen))
        if self.recurrent:
            encoded: Tensor = self.lstm(hidden)[0]  # (B, T, D)
            return encoded
        point: Tensor = self.point(hidden)
        return point + self.code[: values.shape[1]]


class CrossModal(nn.Module):
    """The whole network: encoders, absent embeddings, pairwise attention, classifier."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        # A card's JSON may list the inputs in any order; ours is alphabetical.
        self.names = tuple(sorted(config.inputs))
        seen = {name: count for name, count in config.inputs.items() if count}
        self.encoders = nn.ModuleDict({n: Encoder(count, config) for n, count in seen.items()})
        self.absent = nn.Parameter(torch.randn(len(self.names), config.width) * 0.02)
        attention = SharedPairAttention if config.shared else PairAttention
        self.attention = attention(len(self.names), config)
        self.first = nn.Linear(2 * config.width, config.hidden)
        self.last = nn.Linear(config.hidden, config.classes)
        self.linear = LinearPath(seen, config.classes) if config.linear else None

    def forward(self, values: Mapping[str, Tensor], masks: Mapping[str, Tensor]) -> Tensor:
        """Return logits (B, K).

        Parameters
        ----------
        values, masks : mapping from modality to (B, T, F)
            Masked values are ignored. A step without any present feature takes no part. A modality
            without such a step, or missing, is replaced by its absent embedding.
        """
        like = next(iter(values.values()))
        pieces = [self._tokens(name, values, masks, like) for name in self.names]
        pairs = self.attention([tokens for tokens, _ in pieces], [steps for _, steps in pieces])
        found = classify(pairs, self.first, self.last)
        return found if self.linear is None else found + self.linear(values, masks, found)

    def forward_without(
        self,
        values: Mapping[str, Tensor],
        masks: Mapping[str, Tensor],
        hidden: Sequence[Collection[str]],
    ) -> Tensor:
        """Return the logits with each of R choices of modalities hidden (B, R, K).

        A pair's result depends on its two modalities alone. So each modality takes part twice, as
        it is and absent, and each choice selects its pairs.
        """
        if not isinstance(self.attention, SharedPairAttention) or not any(hidden):
            each = [self(values, _hide(masks, names)) for names in hidden]
            return torch.stack(each, dim=1)
        like = next(iter(values.values()))
        pieces = [self._tokens(name, values, masks, like) for name in self.names]
        pieces += [self._tokens(name, {}, {}, like) for name in self.names]
        mixed = self.attention.mix([x for x, _ in pieces], [steps for _, steps in pieces])
        found = torch.stack([self._classify_without(mixed, names) for names in hidden], dim=1)
        if self.linear is None:
            return found
        parts = {n: self.linear.part(n, values, masks) for n in self.encoders if n in values}
        zero = torch.zeros_like(found[:, 0])
        added = [sum((x for n, x in parts.items() if n not in names), zero) for names in hidden]
        return found + torch.stack(added, dim=1)

    def _classify_without(self, mixed: Tensor, names: Collection[str]) -> Tensor:
        """Return logits (B, K) of the pairs (B, 2M, 2M, D), where `names` are absent."""
        count = len(self.names)
        place = torch.tensor([m + count * (n in names) for m, n in enumerate(self.names)])
        pairs = mixed[:, place[self.attention.first], place[self.attention.second]]
        return classify(pairs, self.first, self.last)

    def _tokens(
        self, name: str, values: Mapping[str, Tensor], masks: Mapping[str, Tensor], like: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Return a modality's tokens (B, T, D) and which steps take part (B, T)."""
        batch = like.shape[0]
        absent = self.absent[self.names.index(name)].expand(batch, 1, -1)  # (B, 1, D)
        if name not in self.encoders or name not in values:
            return absent, torch.ones(batch, 1, dtype=torch.bool, device=like.device)
        present = masks[name].any(dim=-1)  # (B, T)
        there = present.any(dim=1, keepdim=True)  # (B, 1)
        tokens = torch.where(
            there[..., None], self.encoders[name](values[name], masks[name]), absent
        )
        return tokens, present | ~there


def _hide(masks: Mapping[str, Tensor], names: Collection[str]) -> dict[str, Tensor]:
    return {n: torch.zeros_like(x) if n in names else x for n, x in masks.items()}


def drop_modalities(
    masks: Mapping[str, Tensor], rate: float, generator: torch.Generator
) -> dict[str, Tensor]:
    """Hide each modality of each row with probability `rate`, as missing sensors do (training
    only).
    """
    dropped = {}
    for name, mask in masks.items():
        kept = torch.rand(len(mask), generator=generator) >= rate
        dropped[name] = mask & kept.to(mask.device)[:, None, None]
    return dropped
