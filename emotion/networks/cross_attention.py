"""Pairwise cross-attention between modalities (paper 1, section 3.3), and its classifier.

Paper 1: "Multimodal emotion recognition by fusing video semantics and physiological signals". The
paper's multi-head attention is Keras's: biases everywhere, and an output as wide as the query.

Letters in shapes: B batch, M modalities, P = M (M - 1) ordered pairs, T steps, D width, H heads, W
width of a head's keys, V of its values, K classes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import permutations
from typing import Protocol

import torch
from torch import Tensor, nn
from torch.nn import functional


class Widths(Protocol):
    """The part of a network's config that attention uses."""

    @property
    def width(self) -> int:
        """D, width of every modality's steps and of the output."""

    @property
    def heads(self) -> int:
        """H."""

    @property
    def key(self) -> int:
        """W, of one head's queries and keys."""

    @property
    def value(self) -> int:
        """V, of one head's values."""


class Projection(nn.Module):
    """A linear layer for each owner (modality or pair): (B, N, T, I) -> (B, N, T, O)."""

    def __init__(self, owners: int, width_in: int, width_out: int) -> None:
        super().__init__()
        bound = 1 / math.sqrt(width_in)
        self.weight = nn.Parameter(torch.empty(owners, width_in, width_out).uniform_(-bound, bound))
        self.bias = nn.Parameter(torch.zeros(owners, width_out))

    def forward(self, x: Tensor, times: int = 1) -> Tensor:
        """Apply each owner's layer to its own rows; N is `times` as many as there are owners."""
        if times == 1:
            return torch.einsum("bnti,nio->bnto", x, self.weight) + self.bias[:, None]
        weight, bias = self.weight.repeat(times, 1, 1), self.bias.repeat(times, 1)
        return torch.einsum("bnti,nio->bnto", x, weight) + bias[:, None]


class PairAttention(nn.Module):
    """As printed: every ordered pair of modalities (m1, m2) has its own projections."""

    first: Tensor
    second: Tensor

    def __init__(self, modalities: int, config: Widths, *, shared: bool = False) -> None:
        super().__init__()
        pairs = list(permutations(range(modalities), 2))
        self.register_buffer("first", torch.tensor([a for a, _ in pairs]), persistent=False)
        self.register_buffer("second", torch.tensor([b for _, b in pairs]), persistent=False)
        self.heads = config.heads
        owners = modalities if shared else len(pairs)
        self.query = Projection(owners, config.width, config.heads * config.key)
        self.key = Projection(owners, config.width, config.heads * config.key)
        self.value = Projection(owners, config.width, config.heads * config.value)
        self.output = Projection(owners, config.heads * config.value, config.width)

    def forward(self, tokens: Sequence[Tensor], present: Sequence[Tensor]) -> Tensor:
        """Attend from m1's steps to m2's for each pair, and stack the results.

        [w_m1m2 for each ordered pair]: paper 1, equation 6.

        Parameters
        ----------
        tokens : M of (B, T, D)
            T = 1 if a modality is the same at each step.
        present : M of (B, T) bool

        Returns
        -------
        (B, P, D)
        """
        length = max(x.shape[1] for x in tokens)
        encoded = torch.stack([x.expand(-1, length, -1) for x in tokens], dim=1)  # (B, M, T, D)
        steps = torch.stack([x.expand(-1, length) for x in present], dim=1)  # (B, M, T)
        asking, asked = encoded[:, self.first], encoded[:, self.second]  # (B, P, T, D)
        found = attend(
            self.queries(asking), self.keys(asked), self.values(asked), steps[:, self.second]
        )
        return self.mean(found, steps[:, self.first])

    def queries(self, asking: Tensor) -> Tensor:
        """Q_h = W_h^Q e_m1 of (B, P, T, D) -> (B, P, H, T, W): paper 1, equation 1."""
        return self._heads(self.query(asking))

    def keys(self, asked: Tensor) -> Tensor:
        """K_h = W_h^K e_m2 of (B, P, T, D) -> (B, P, H, T, W): paper 1, equation 2."""
        return self._heads(self.key(asked))

    def values(self, asked: Tensor) -> Tensor:
        """V_h = W_h^V e_m2 of (B, P, T, D) -> (B, P, H, T, V): paper 1, equation 3."""
        return self._heads(self.value(asked))

    def mean(self, found: Tensor, steps: Tensor) -> Tensor:
        """w_m1m2 = mean over m1's steps of MHA(f_m1, f_m2, f_m2): paper 1, equation 5.

        The heads are concatenated and pass one linear layer. As it is linear, the mean is taken
        before it, which is T times cheaper.

        Parameters
        ----------
        found : (B, P, H, T, V)
        steps : (B, P, T) bool
            Which of m1's steps are present.

        Returns
        -------
        (B, P, D)
        """
        weights = shares(steps)[:, :, None, None]  # (B, P, 1, 1, T)
        joined = (weights @ found).flatten(2)  # (B, P, H V)
        mixed: Tensor = self.output(joined[:, :, None])  # (B, P, 1, D)
        return mixed[:, :, 0]

    def _heads(self, projected: Tensor) -> Tensor:
        batch, owners, steps, width = projected.shape
        split = projected.view(batch, owners, steps, self.heads, width // self.heads)
        return split.transpose(2, 3)  # (B, N, H, T, W)


class SharedPairAttention(PairAttention):
    """Pairwise attention with projections per modality instead of pair: one product for all pairs.

    N is the total number of all modalities' steps.
    """

    def __init__(self, modalities: int, config: Widths) -> None:
        super().__init__(modalities, config, shared=True)

    def forward(self, tokens: Sequence[Tensor], present: Sequence[Tensor]) -> Tensor:
        """Return (B, P, D), as `PairAttention` would with each pair's weights copied from here."""
        return self.mix(tokens, present)[:, self.first, self.second]  # (B, P, D)

    def mix(self, tokens: Sequence[Tensor], present: Sequence[Tensor]) -> Tensor:
        """Return the result of every modality asking every one, itself included (B, m1, m2, D).

        There may be a multiple of M inputs: the layers of the M modalities are then repeated.
        """
        sizes = [x.shape[1] for x in tokens]  # sums to N
        query, key, value = (
            self._heads(_by_owner(projection, tokens))  # (B, 1, H, N, W)
            for projection in (self.query, self.key, self.value)
        )
        # Keys before queries: a softmax along short rows takes several times as long.
        scores = key @ query.transpose(-1, -2) / math.sqrt(key.shape[-1])  # (B, 1, H, N, N)
        seen = torch.cat([*present], dim=1)[:, None, None, :, None]  # (B, 1, 1, N, 1)
        parts = scores.masked_fill(~seen, -torch.inf).split_with_sizes(sizes, dim=-2)
        attention = torch.cat([part.softmax(dim=-2) for part in parts], dim=-2).transpose(-1, -2)
        asked = torch.cat([_block(x, sizes, m) for m, x in enumerate(present)], dim=1)  # (B, M, N)
        weights = asked[:, None, None] @ attention  # (B, 1, H, M, N): the mean, taken early
        pairs = zip(
            weights.split_with_sizes(sizes, dim=-1),
            value.split_with_sizes(sizes, dim=-2),
            strict=True,
        )
        joined = torch.cat([w @ v for w, v in pairs], dim=1)  # (B, m2, H, m1, V)
        times = len(tokens) // len(self.output.weight)
        mixed: Tensor = self.output(
            joined.permute(0, 3, 1, 2, 4).flatten(3), times
        )  # (B, m1, m2, D)
        return mixed


def attend(query: Tensor, key: Tensor, value: Tensor, seen: Tensor) -> Tensor:
    """softmax(Q_h K_h^T / sqrt(d_k)) V_h, printed without the T: paper 1, equation 4.

    Parameters
    ----------
    query : (B, P, H, T, W)
    key : (B, P, H, S, W)
    value : (B, P, H, S, V)
    seen : (B, P, S) bool
        Steps attended to; at least one a row.

    Returns
    -------
    (B, P, H, T, V)
    """
    scores = query @ key.transpose(-1, -2) / math.sqrt(key.shape[-1])  # (B, P, H, T, S)
    return scores.masked_fill(~seen[:, :, None, None], -torch.inf).softmax(dim=-1) @ value


def spread(pairs: Tensor) -> Tensor:
    """Concatenate mean and standard deviation over the stack: (B, P, D) -> (B, 2D)."""
    mean = pairs.mean(dim=1)
    variance = pairs.var(dim=1, correction=0)
    return torch.cat([mean, torch.sqrt(variance + 1e-6)], dim=-1)


def classify(pairs: Tensor, first: nn.Linear, last: nn.Linear) -> Tensor:
    """FC_2(FC_1([mean, deviation] of the stack)), (B, P, D) -> (B, K): paper 1, equation 7.

    The softmax is left to the loss and to the callers.
    """
    logits: Tensor = last(functional.relu(first(spread(pairs))))
    return logits


def shares(steps: Tensor) -> Tensor:
    """Return each present step's weight in the mean over time (..., T), as float32."""
    present = steps.to(torch.float32)
    return present / present.sum(dim=-1, keepdim=True)


def _by_owner(projection: Projection, tokens: Sequence[Tensor]) -> Tensor:
    """Apply each modality's layer to its own tokens: M of (B, T, D) -> (B, 1, N, O)."""
    weights, biases = projection.weight, projection.bias
    owners = [m % len(weights) for m in range(len(tokens))]
    given = zip(owners, tokens, strict=True)
    return torch.cat([x @ weights[m] + biases[m] for m, x in given], dim=1)[:, None]


def _block(present: Tensor, sizes: Sequence[int], modality: int) -> Tensor:
    """Return modality's shares of its mean at its own place among all steps (B, 1, N)."""
    before, after = sum(sizes[:modality]), sum(sizes[modality + 1 :])
    return functional.pad(shares(present), (before, after))[:, None]
