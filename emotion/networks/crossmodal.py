"""Pairwise cross-attention over modalities (paper 1), in the paper's form and in ours.

Paper 1: "Multimodal emotion recognition by fusing video semantics and physiological signals",
section 3.3, equations 1-7. Each ordered pair of modalities (m1, m2) attends from m1's steps to
m2's; the mean over time of each is stacked, and the stack's mean and standard deviation classify.

Letters in shapes: B batch, M modalities, P = M (M - 1) ordered pairs, T steps, D width,
H heads, W width of a head's keys, V of its values, K classes.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations

import torch
from torch import Tensor, nn
from torch.nn import functional

from emotion.networks.linear import LinearPath


@dataclass(frozen=True, slots=True)
class Config:
    """What the network is made of.

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
        True = a size-1 convolution, then an LSTM (paper 1); False = pointwise layers and
        a learned code for each step.
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


def paper_config() -> Config:
    """Return paper 1's form: eye movements, PPG and video semantics; 8 heads, keys 128, values 64.

    A size-1 convolution of 16 filters, then an LSTM of 64; every pair has its own projections.
    """
    return Config(
        inputs={"gaze": 20, "ppg": 12, "semantics": 25},
        heads=8,
        key=128,
        value=64,
        recurrent=True,
        shared=False,
        convolution=16,
    )


# Wide enough that attention can tell steps apart from the start.
CODE = 1.0


class Encoder(nn.Module):
    """One modality's steps, masked features zeroed and told by flags, to width D."""

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


class Projection(nn.Module):
    """A linear layer for each owner (modality or pair): (B, N, T, I) -> (B, N, T, O)."""

    def __init__(self, owners: int, width_in: int, width_out: int) -> None:
        super().__init__()
        bound = 1 / math.sqrt(width_in)
        self.weight = nn.Parameter(torch.empty(owners, width_in, width_out).uniform_(-bound, bound))
        self.bias = nn.Parameter(torch.zeros(owners, width_out))

    def forward(self, x: Tensor) -> Tensor:
        """Apply each owner's layer to its own rows."""
        return torch.einsum("bnti,nio->bnto", x, self.weight) + self.bias[:, None]


class PairAttention(nn.Module):
    """Equations 1-5 as printed: every ordered pair of modalities has its own projections."""

    first: Tensor
    second: Tensor

    def __init__(self, modalities: int, config: Config) -> None:
        super().__init__()
        pairs = list(permutations(range(modalities), 2))
        self.register_buffer("first", torch.tensor([a for a, _ in pairs]), persistent=False)
        self.register_buffer("second", torch.tensor([b for _, b in pairs]), persistent=False)
        self.heads = config.heads
        owners = modalities if config.shared else len(pairs)
        self.query = Projection(owners, config.width, config.heads * config.key)
        self.key = Projection(owners, config.width, config.heads * config.key)
        self.value = Projection(owners, config.width, config.heads * config.value)
        self.output = Projection(owners, config.heads * config.value, config.width)

    def forward(self, tokens: Sequence[Tensor], present: Sequence[Tensor]) -> Tensor:
        """Attend from m1's steps to m2's for each pair.

        Parameters
        ----------
        tokens : M of (B, T, D)
            T = 1 where a modality says the same at each step.
        present : M of (B, T) bool

        Returns
        -------
        (B, P, D)
        """
        length = max(x.shape[1] for x in tokens)
        encoded = torch.stack([x.expand(-1, length, -1) for x in tokens], dim=1)  # (B, M, T, D)
        steps = torch.stack([x.expand(-1, length) for x in present], dim=1)  # (B, M, T)
        query = self._heads(self.query(encoded[:, self.first]))  # (B, P, H, T, W)   eq. 1
        key = self._heads(self.key(encoded[:, self.second]))  # (B, P, H, T, W)   eq. 2
        value = self._heads(self.value(encoded[:, self.second]))  # (B, P, H, T, V)   eq. 3
        scores = query @ key.transpose(-1, -2) / math.sqrt(key.shape[-1])  # (B, P, H, T, T)
        seen = steps[:, self.second][:, :, None, None, :]  # (B, P, 1, 1, T)
        attention = scores.masked_fill(~seen, -torch.inf).softmax(dim=-1)  # eq. 4
        # The mean over m1's steps (eq. 5) is linear: taken before the values, it costs T less.
        asked = _shares(steps)[:, self.first][:, :, None, None, :]  # (B, P, 1, 1, T)
        joined = (asked @ attention @ value).flatten(2)  # (B, P, H V)
        mixed: Tensor = self.output(joined[:, :, None])  # (B, P, 1, D)
        return mixed[:, :, 0]

    def _heads(self, projected: Tensor) -> Tensor:
        batch, owners, steps, width = projected.shape
        split = projected.view(batch, owners, steps, self.heads, width // self.heads)
        return split.transpose(2, 3)  # (B, N, H, T, W)


class SharedPairAttention(PairAttention):
    """Equations 1-5 with projections owned by modalities: one product for all pairs.

    N is the number of all modalities' steps together.
    """

    def forward(self, tokens: Sequence[Tensor], present: Sequence[Tensor]) -> Tensor:
        """Return (B, P, D), as `PairAttention` would with each pair's weights copied from here."""
        sizes = [x.shape[1] for x in tokens]  # sums to N
        query, key, value = (
            self._heads(_by_owner(projection, tokens))  # (B, 1, H, N, W)   eq. 1-3
            for projection in (self.query, self.key, self.value)
        )
        scores = query @ key.transpose(-1, -2) / math.sqrt(key.shape[-1])  # (B, 1, H, N, N)
        seen = torch.cat([*present], dim=1)[:, None, None, None]  # (B, 1, 1, 1, N)
        parts = scores.masked_fill(~seen, -torch.inf).split_with_sizes(sizes, dim=-1)
        attention = torch.cat([part.softmax(dim=-1) for part in parts], dim=-1)  # eq. 4
        asked = torch.cat([_block(x, sizes, m) for m, x in enumerate(present)], dim=1)  # (B, M, N)
        weights = asked[:, None, None] @ attention  # (B, 1, H, M, N): eq. 5's mean, taken early
        pairs = zip(
            weights.split_with_sizes(sizes, dim=-1),
            value.split_with_sizes(sizes, dim=-2),
            strict=True,
        )
        joined = torch.cat([w @ v for w, v in pairs], dim=1)  # (B, m2, H, m1, V)
        mixed: Tensor = self.output(joined.permute(0, 3, 1, 2, 4).flatten(3))  # (B, m1, m2, D)
        return mixed[:, self.first, self.second]  # (B, P, D)


def _by_owner(projection: Projection, tokens: Sequence[Tensor]) -> Tensor:
    """Apply each modality's layer to its own tokens: M of (B, T, D) -> (B, 1, N, O)."""
    weights, biases = projection.weight, projection.bias
    return torch.cat([x @ weights[m] + biases[m] for m, x in enumerate(tokens)], dim=1)[:, None]


def _block(present: Tensor, sizes: Sequence[int], modality: int) -> Tensor:
    """Return modality's shares of its mean at its own place among all steps (B, 1, N)."""
    before, after = sum(sizes[:modality]), sum(sizes[modality + 1 :])
    return functional.pad(_shares(present), (before, after))[:, None]


def _shares(steps: Tensor) -> Tensor:
    """Return each present step's weight in the mean over time (..., T), as float32."""
    present = steps.to(torch.float32)
    return present / present.sum(dim=-1, keepdim=True)


class CrossModal(nn.Module):
    """The whole network: encoders, absent embeddings, pairwise attention, classifier."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        # A card's JSON may list the inputs in any order: ours is alphabetical.
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
            Masked values are ignored; a step without any present feature takes no part; a
            modality without any such step, or not given, is replaced by its absent embedding.
        """
        like = next(iter(values.values()))
        pieces = [self._tokens(name, values, masks, like) for name in self.names]
        pairs = self.attention([tokens for tokens, _ in pieces], [steps for _, steps in pieces])
        found = self.classify(pairs)  # eq. 6: the pairs are the stack
        return found if self.linear is None else found + self.linear(values, masks, found)

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

    def classify(self, pairs: Tensor) -> Tensor:
        """Equation 7: mean and standard deviation over the pairs -> two layers -> logits."""
        mean = pairs.mean(dim=1)
        variance = pairs.var(dim=1, correction=0)
        joined = torch.cat([mean, torch.sqrt(variance + 1e-6)], dim=-1)  # (B, 2D)
        logits: Tensor = self.last(functional.relu(self.first(joined)))
        return logits


def drop_modalities(
    masks: Mapping[str, Tensor], rate: float, generator: torch.Generator
) -> dict[str, Tensor]:
    """Hide each modality of each row with probability `rate`, as sensors do (training only)."""
    dropped = {}
    for name, mask in masks.items():
        kept = torch.rand(len(mask), generator=generator) >= rate
        dropped[name] = mask & kept.to(mask.device)[:, None, None]
    return dropped
