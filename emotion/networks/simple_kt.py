"""Knowledge tracing by attention from each question to all earlier answers, after simpleKT.

Z. Liu et al., "simpleKT: a simple but tough-to-beat baseline for knowledge tracing", ICLR (2023): a
question is represented by its skills, shifted by its difficulty. It attends to earlier questions
and reads their answers. Ours gets the difficulty as input instead of learning it, which overfits
items with few answers. It sees the whole history, however long, and is biased towards recent
answers (O. Press et al., "Train short, test long", ICLR 2022) instead of using positional
encodings.

Letters in shapes: B batch, T answers, K skills of a question, D width, H heads, W a head's width.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

SPAN_S = 3600.0  # a learner's history, not a Window; assumed


@dataclass(frozen=True, slots=True)
class Config:
    """Configuration of the network.

    Attributes
    ----------
    skills : int
        Number of skills; the code `skills` is padding.
    width, heads, layers : int
    dropout : float
        Share of a layer's outputs dropped in training.
    at_once : int
        Number of questions that attend at a time; limits memory, with no other effect.
    """

    skills: int = 20
    width: int = 64
    heads: int = 4
    layers: int = 2
    dropout: float = 0.2
    at_once: int = 256

    @classmethod
    def paper(cls) -> Config:
        """Return 256 wide, 8 heads, 2 blocks, the middle of the sizes searched there."""
        return cls(width=256, heads=8)

    @classmethod
    def small(cls) -> Config:
        """Return 64 wide, 4 heads, 2 blocks."""
        return cls()

    def build(self) -> Attentive:
        """Return the untrained network."""
        return Attentive(self)


def example(
    config: Config, batch: int, generator: torch.Generator
) -> tuple[Tensor, Tensor, Tensor]:
    """Return random skills, difficulties and answers of 40 questions a row."""
    steps = 40
    skills = torch.randint(config.skills + 1, (batch, steps, 2), generator=generator)
    difficulty = torch.randn(batch, steps, generator=generator)
    return skills, difficulty, torch.randint(2, (batch, steps), generator=generator)


class Attentive(nn.Module):
    """Questions, backward-looking attention blocks, two layers on the result and the question."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config, width = config, config.width
        self.skills = nn.Embedding(config.skills + 1, width)
        self.shifts = nn.Embedding(config.skills + 1, width)
        self.answers = nn.Embedding(2, width)
        for table in (self.skills, self.shifts, self.answers):
            nn.init.normal_(table.weight, std=0.05)
        self.blocks = nn.ModuleList(SimpleKtBlock(config) for _ in range(config.layers))
        self.head = nn.Sequential(
            nn.LayerNorm(2 * width),
            nn.Linear(2 * width, width),
            nn.GELU(),
            nn.Dropout(config.dropout),
            nn.Linear(width, 1),
        )
        self.ease = nn.Parameter(torch.tensor(1.0))

    def forward(self, skills: Tensor, difficulty: Tensor, correct: Tensor) -> Tensor:
        """Return logits (B, T) of right answers; padding is at the end, where nothing attends.

        Parameters
        ----------
        skills : (B, T, K) int
        difficulty : (B, T)
            Known difficulties of the items, logits.
        correct : (B, T) int
            The answer at t is read only after t.
        """
        asked = self._questions(skills, difficulty)  # (B, T, D)
        answered, found = self.answers(correct), asked
        for block in self.blocks:
            found = block(found, answered)
        logits: Tensor = self.head(torch.cat([found, asked], dim=-1))[..., 0]  # (B, T)
        return logits - self.ease * difficulty

    def _questions(self, skills: Tensor, difficulty: Tensor) -> Tensor:
        here = (skills < self.config.skills)[..., None].to(difficulty)  # (B, T, K, 1)
        count = here.sum(dim=2).clamp(min=1.0)
        skill, shift = (
            (table(skills) * here).sum(dim=2) / count for table in (self.skills, self.shifts)
        )  # (B, T, D)
        asked: Tensor = skill + difficulty[..., None] * shift
        return asked


class SimpleKtBlock(nn.Module):
    """Pre-normalised attention to earlier places, and two layers, with residual connections."""

    slopes: Tensor

    def __init__(self, config: Config) -> None:
        super().__init__()
        width = config.width
        self.heads, self.at_once = config.heads, config.at_once
        self.before, self.between = nn.LayerNorm(width), nn.LayerNorm(width)
        self.query, self.key, self.value = (nn.Linear(width, width) for _ in range(3))
        self.nothing = nn.Parameter(torch.zeros(2, width))
        self.output = nn.Linear(width, width)
        self.drop = nn.Dropout(config.dropout)
        self.wide, self.narrow = nn.Linear(width, 2 * width), nn.Linear(2 * width, width)
        # The first head is unbiased; the others have a bias of 1/2, 1/8, 1/32 ... a step.
        slopes = [0.0] + [2.0 ** (1 - 2 * head) for head in range(1, config.heads)]
        self.register_buffer("slopes", torch.tensor(slopes), persistent=False)

    def forward(self, x: Tensor, answered: Tensor) -> Tensor:
        """Return (B, T, D) of questions (B, T, D) and answers (B, T, D)."""
        normed = self.before(x)
        start = self.nothing[:, None, None].expand(-1, len(x), 1, -1)  # (2, B, 1, D)
        # Shifted by one: place t holds what was answered before t.
        keys = torch.cat([start[0], normed[:, :-1]], dim=1)
        values = torch.cat([start[1], (normed + answered)[:, :-1]], dim=1)
        found = self._attend_back(self.query(normed), self.key(keys), self.value(values))
        x = x + self.drop(self.output(found))
        inner: Tensor = self.narrow(functional.gelu(self.wide(self.between(x))))
        x = x + self.drop(inner)
        return x

    def _attend_back(self, query: Tensor, key: Tensor, value: Tensor) -> Tensor:
        """Attend from each place to itself and all earlier ones, some places at a time."""
        query, key, value = (self._heads(each) for each in (query, key, value))
        parts = []
        for begin in range(0, query.shape[2], self.at_once):
            asking = query[:, :, begin : begin + self.at_once]  # (B, H, Q, W)
            end = begin + asking.shape[2]
            parts.append(
                functional.scaled_dot_product_attention(
                    asking,
                    key[:, :, :end],
                    value[:, :, :end],
                    attn_mask=self._recency_bias(begin, end).to(query.dtype),
                )
            )
        return torch.cat(parts, dim=2).transpose(1, 2).flatten(2)  # (B, T, D)

    def _recency_bias(self, begin: int, end: int) -> Tensor:
        """Return (1, H, end - begin, end): lower for earlier places, minus infinity for later
        ones.
        """
        place = torch.arange(end, device=self.slopes.device)
        back = place[begin:, None] - place
        lean = -self.slopes[:, None, None] * back.clamp(min=0)
        return lean.masked_fill(back < 0, -torch.inf)[None]

    def _heads(self, x: Tensor) -> Tensor:
        batch, steps, width = x.shape
        split = x.reshape(batch, steps, self.heads, width // self.heads)  # (B, T, H, W)
        return split.transpose(1, 2)
