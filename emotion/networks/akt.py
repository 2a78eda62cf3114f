"""Knowledge tracing by context-aware attention (AKT), small, for comparison.

A. Ghosh, N. Heffernan and A. Lan, "Context-aware attentive knowledge tracing", KDD (2020): two
encoders read questions and answers in the context of earlier ones. A question then attends to what
was known before it. Attention falls with a distance that counts an earlier answer less if those in
between resemble the question. A question is its skill, shifted by its difficulty (the Rasch model).
As in `simple_kt`, the difficulty is an input and not learned by item.

Letters in shapes: B batch, T answers, K skills of a question, D width, H heads, W a head's width.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from emotion.networks.simple_kt import example

__all__ = ["SPAN_S", "Akt", "Config", "example"]

SPAN_S = 3600.0  # a learner's history, not a Window; assumed
# Attention is scaled by no less than this, as its authors do.
LEAST_EFFECT = 1e-5


@dataclass(frozen=True, slots=True)
class Config:
    """Configuration of the network.

    Attributes
    ----------
    skills : int
        Number of skills; the code `skills` is padding.
    width, heads : int
    layers : int
        Blocks of each encoder; the retriever has one.
    dropout : float
        Share of a layer's outputs dropped in training.
    """

    skills: int = 20
    width: int = 64
    heads: int = 4
    layers: int = 1
    dropout: float = 0.2

    @classmethod
    def paper(cls) -> Config:
        """Return 256 wide, 8 heads, 1 block an encoder, as its authors' code has it."""
        return cls(width=256, heads=8)

    @classmethod
    def small(cls) -> Config:
        """Return 64 wide, 4 heads, 1 block an encoder."""
        return cls()

    def build(self) -> Akt:
        """Return the untrained network."""
        return Akt(self)


class Akt(nn.Module):
    """Encoders of questions and of answers, a retriever, and two layers on what it finds."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config, width = config, config.width
        self.skills = nn.Embedding(config.skills + 1, width)
        self.shifts = nn.Embedding(config.skills + 1, width)
        self.answers = nn.Embedding(2, width)
        self.answer_shifts = nn.Embedding(2, width)
        for table in (self.skills, self.shifts, self.answers, self.answer_shifts):
            nn.init.normal_(table.weight, std=0.05)
        self.questions = nn.ModuleList(AktBlock(config) for _ in range(config.layers))
        self.knowledge = nn.ModuleList(AktBlock(config) for _ in range(config.layers))
        self.retriever = AktBlock(config, own=False)
        self.head = nn.Sequential(
            nn.LayerNorm(2 * width),
            nn.Linear(2 * width, width),
            nn.GELU(),
            nn.Dropout(config.dropout),
            nn.Linear(width, 1),
        )

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
        skill, shift = self._mean(self.skills, skills), self._mean(self.shifts, skills)
        hard = difficulty[..., None]
        asked = skill + hard * shift  # (B, T, D)
        known = skill + self.answers(correct) + hard * (shift + self.answer_shifts(correct))
        question = asked
        for block in self.questions:
            question = block(question, question, question)
        for block in self.knowledge:
            known = block(known, known, known)
        found = self.retriever(question, question, known)  # (B, T, D)
        logits: Tensor = self.head(torch.cat([found, asked], dim=-1))[..., 0]  # (B, T)
        return logits

    def _mean(self, table: nn.Embedding, skills: Tensor) -> Tensor:
        """Return (B, T, D): the mean over a question's skills (B, T, K)."""
        here = (skills < self.config.skills)[..., None].to(table.weight)  # (B, T, K, 1)
        found: Tensor = (table(skills) * here).sum(dim=2) / here.sum(dim=2).clamp(min=1.0)
        return found


class AktBlock(nn.Module):
    """Monotonic attention to earlier places, and two layers, with residual connections.

    `own`: whether a place attends to itself, too; else the first one finds zeros.
    """

    def __init__(self, config: Config, *, own: bool = True) -> None:
        super().__init__()
        width = config.width
        self.heads, self.own = config.heads, own
        self.key, self.value, self.output = (nn.Linear(width, width) for _ in range(3))
        # How fast attention falls with distance, by head; made negative by softplus.
        self.decay = nn.Parameter(torch.zeros(config.heads, 1, 1))
        self.after, self.last = nn.LayerNorm(width), nn.LayerNorm(width)
        self.drop = nn.Dropout(config.dropout)
        self.wide, self.narrow = nn.Linear(width, 2 * width), nn.Linear(2 * width, width)

    def forward(self, query: Tensor, key: Tensor, value: Tensor) -> Tensor:
        """Return (B, T, D) of queries, keys and values (B, T, D)."""
        asked, keys = self._split(self.key(query)), self._split(self.key(key))  # (B, H, T, W)
        found = self._attend(asked, keys, self._split(self.value(value)))
        x = self.after(query + self.drop(self.output(found)))
        inner: Tensor = self.narrow(self.drop(functional.relu(self.wide(x))))
        result: Tensor = self.last(x + self.drop(inner))
        return result

    def _attend(self, query: Tensor, key: Tensor, value: Tensor) -> Tensor:
        steps = query.shape[2]
        place = torch.arange(steps, device=query.device)
        back = place[:, None] - place  # (T, T)
        seen = back >= 0 if self.own else back > 0
        raw = query @ key.transpose(-1, -2) / math.sqrt(query.shape[-1])  # (B, H, T, T)
        scaled = raw * self._fall(raw.detach(), back, seen)
        weights = scaled.masked_fill(~seen, -torch.inf).softmax(dim=-1)
        weights = torch.nan_to_num(weights)  # the first place may see nothing
        found: Tensor = self.drop(weights) @ value  # (B, H, T, W)
        return found.transpose(1, 2).flatten(2)  # (B, T, D)

    def _fall(self, raw: Tensor, back: Tensor, seen: Tensor) -> Tensor:
        """Return (B, H, T, T): by what attention is multiplied, from the context-aware distance."""
        near = torch.nan_to_num(raw.masked_fill(~seen, -torch.inf).softmax(dim=-1))
        between = near.sum(dim=-1, keepdim=True) - near.cumsum(dim=-1)
        distance = (between * back.abs().to(raw)).clamp(min=0.0).sqrt()
        decay = -functional.softplus(self.decay)
        effect: Tensor = (decay * distance).exp()
        clamped: Tensor = effect.clamp(LEAST_EFFECT, 1 / LEAST_EFFECT)
        return clamped

    def _split(self, x: Tensor) -> Tensor:
        batch, steps, width = x.shape
        parts: Tensor = x.reshape(batch, steps, self.heads, width // self.heads)  # (B, T, H, W)
        return parts.transpose(1, 2)
