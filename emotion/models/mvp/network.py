"""MVP: clips of facial action units and raw physiology, fused by cross-attention (paper 2).

Paper 2: "MVP: Multimodal emotion recognition based on video and physiological signals". A 1D-CNN
brings each modality to one width without changing time, and a layer over time makes 100 tokens of
it. In eight blocks physiology attends to video. Two logits give high valence and high arousal.

Open choices follow science.md section 1. There is one convolution of five steps (a second at the
full rate would cost 16 GMAC a clip), with GELU and a linear layer over time. Blocks are
pre-normalised, their feed-forward layer is four times as wide, tokens are averaged, and positions
have no code.

Letters in shapes: B batch, C cuts of a clip, T steps, S steps after the convolution's stride, N
tokens, F features, D width.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

VIDEO, PHYSIOLOGY = "video", "physiology"
MODALITIES = (VIDEO, PHYSIOLOGY)
# The modalities that each kind of fusion reads, and those that attend.
FUSIONS = {
    "cross": (MODALITIES, (PHYSIOLOGY,)),
    "video": ((VIDEO,), (VIDEO,)),
    "physiology": ((PHYSIOLOGY,), (PHYSIOLOGY,)),
    "late": (MODALITIES, MODALITIES),
}
LABELS = ("VALENCE", "AROUSAL")
SPAN_S = 155.0
# Tokens (B, N, D), and which of them take part (B, N) if not all do.
Tokens = tuple[Tensor, Tensor | None]


@dataclass(frozen=True, slots=True)
class Config:
    """Configuration of the network.

    Attributes
    ----------
    video, physiology : int
        F: 18 action units' presence, 18 intensities, 6 of gaze; PPG or ECG, and EDA.
    video_hz, physiology_hz : float
    video_steps, physiology_steps : int
        T of the longest clip; shorter ones are padded.
    tokens : int
        N; 0 = no layer over time: each step is a token with a code of its position.
    width, layers, heads : int
    kernel, convolutions : int
    video_stride, physiology_stride : int
        Stride of the first convolution; 1 = time unchanged, as in the paper.
    fusion : str
        "cross" = physiology attends to video (paper 2); "video" or "physiology" = self-attention of
        that one; "late" = self-attention of each, and their means are concatenated.
    cut_s : float
        Length of the cuts that are read separately, their means averaged; 0 = the whole clip.
    """

    video: int = 42
    physiology: int = 2
    video_hz: float = 18.0
    physiology_hz: float = 128.0
    video_steps: int = 2800
    physiology_steps: int = 19900
    tokens: int = 100
    width: int = 512
    layers: int = 8
    heads: int = 8
    kernel: int = 5
    convolutions: int = 1
    video_stride: int = 1
    physiology_stride: int = 1
    fusion: str = "cross"
    cut_s: float = 0.0

    @classmethod
    def paper(cls) -> Config:
        """Return the paper's configuration."""
        return cls()

    @classmethod
    def small(cls) -> Config:
        """Return the configuration for one core: a quarter as wide, three blocks, coarser in
        time; below 4 MB.
        """
        return cls(width=128, layers=3, heads=4, video_stride=4, physiology_stride=8)

    def build(self) -> Mvp:
        """Return the untrained network."""
        return Mvp(self)

    def steps(self, name: str) -> int:
        """Return T of a modality's cut, or of the clip if it is not cut."""
        whole = {VIDEO: self.video_steps, PHYSIOLOGY: self.physiology_steps}[name]
        rate = {VIDEO: self.video_hz, PHYSIOLOGY: self.physiology_hz}[name]
        return min(whole, round(rate * self.cut_s)) if self.cut_s else whole

    def cuts(self) -> int:
        """Return C; the last cut may be shorter."""
        clip = {VIDEO: self.video_steps, PHYSIOLOGY: self.physiology_steps}
        return max(math.ceil(clip[name] / self.steps(name)) for name in MODALITIES)


class Attention(nn.Module):
    """Multi-head attention from queries to keys and values of another sequence."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.query, self.key = nn.Linear(width, width), nn.Linear(width, width)
        self.value, self.output = nn.Linear(width, width), nn.Linear(width, width)

    def forward(self, asking: Tensor, asked: Tensor, seen: Tensor | None) -> Tensor:
        """Return softmax(Q_p K_v^T / sqrt(d_k)) V_v, for each head: paper 2, equation 1.

        Parameters
        ----------
        asking : (B, N, D)
        asked : (B, M, D)
        seen : (B, M) bool or None
            Which of `asked` take part; None = all.

        Returns
        -------
        (B, N, D)
        """
        query, key = self._heads(self.query(asking)), self._heads(self.key(asked))
        value = self._heads(self.value(asked))  # (B, H, M, D / H)
        mask = None if seen is None else seen[:, None, None]  # (B, 1, 1, M)
        found = functional.scaled_dot_product_attention(query, key, value, attn_mask=mask)
        mixed: Tensor = self.output(found.transpose(1, 2).flatten(2))  # (B, N, D)
        return mixed

    def _heads(self, projected: Tensor) -> Tensor:
        rows, tokens, width = projected.shape
        split = projected.view(rows, tokens, self.heads, width // self.heads)
        return split.transpose(1, 2)  # (B, H, N, D / H)


class MvpBlock(nn.Module):
    """Attention, then a feed-forward layer, each pre-normalised with a residual connection."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        width = config.width
        self.asking, self.asked, self.last = (nn.LayerNorm(width) for _ in range(3))
        self.attention = Attention(width, config.heads)
        self.feed = nn.Sequential(
            nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width)
        )

    def forward(self, tokens: Tensor, asked: Tensor, seen: Tensor | None) -> Tensor:
        """Return `tokens` (B, N, D) after attending to `asked` (B, M, D)."""
        tokens = tokens + self.attention(self.asking(tokens), self.asked(asked), seen)
        fed: Tensor = tokens + self.feed(self.last(tokens))
        return fed


class PaddedConvolution(nn.Conv1d):
    """A convolution over steps that makes ceil(T / stride) of T, each centred on its own."""

    def forward(self, hidden: Tensor) -> Tensor:
        """Return (B, D, S) of (B, F, T)."""
        kernel, stride = self.kernel_size[0], self.stride[0]
        count = hidden.shape[-1]
        total = (math.ceil(count / stride) - 1) * stride + kernel - count
        left = min((kernel - stride) // 2, total)
        return super().forward(functional.pad(hidden, (left, total - left)))


class Backbone(nn.Module):
    """Turns one modality's steps into tokens: masked convolutions to width D, then a layer over
    time.
    """

    def __init__(self, name: str, config: Config) -> None:
        super().__init__()
        features = {VIDEO: config.video, PHYSIOLOGY: config.physiology}[name]
        strides = {VIDEO: config.video_stride, PHYSIOLOGY: config.physiology_stride}
        self.steps, self.stride = config.steps(name), strides[name]
        # A stride larger than the kernel would skip samples.
        kernel = config.kernel if self.stride <= config.kernel else 2 * self.stride
        first = PaddedConvolution(features, config.width, kernel, self.stride)
        later = (
            PaddedConvolution(config.width, config.width, config.kernel)
            for _ in range(config.convolutions - 1)
        )
        self.convolutions = nn.ModuleList([first, *later])
        count = math.ceil(self.steps / self.stride)  # S
        self.time = _make_time_layer(count, config.tokens) if config.tokens else None
        code = _make_position_code(count, config.width) if not config.tokens else torch.zeros(0)
        self.register_buffer("code", code, persistent=False)
        self.absent = nn.Parameter(torch.randn(config.tokens or 1, config.width) * 0.02)

    code: Tensor

    def forward(self, values: Tensor, mask: Tensor) -> Tokens:
        """Return the modality's tokens.

        Parameters
        ----------
        values, mask : (B, T, F)
            Masked values count as 0, their mean; a step without any feature has no effect.
        """
        present = mask.any(dim=-1)  # (B, T)
        there = present.any(dim=1)[:, None, None]  # (B, 1, 1)
        hidden = torch.where(mask, values, 0.0).transpose(1, 2)  # (B, F, T)
        kept = _pool_presence(present, self.stride)  # (B, S)
        for convolution in self.convolutions:
            hidden = functional.gelu(convolution(hidden))  # (B, D, S)
            hidden = hidden * kept[:, None]
        if self.time is not None:
            tokens = self.time(hidden).transpose(1, 2)  # (B, D, S) -> (B, D, N) -> (B, N, D)
            return torch.where(there, tokens, self.absent), None
        tokens = hidden.transpose(1, 2) + self.code  # (B, S, D)
        return torch.where(there, tokens, self.absent), kept | ~there[..., 0]


class Mvp(nn.Module):
    """The whole network: backbones, blocks of attention, mean over tokens and cuts, two logits."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        self.read, asking = FUSIONS[config.fusion]
        self.backbones = nn.ModuleDict({name: Backbone(name, config) for name in self.read})
        self.blocks = nn.ModuleDict(
            {n: nn.ModuleList(MvpBlock(config) for _ in range(config.layers)) for n in asking}
        )
        self.head = nn.Linear(config.width * len(asking), len(LABELS))

    def forward(self, values: Mapping[str, Tensor], masks: Mapping[str, Tensor]) -> Tensor:
        """Return logits (B, 2) of high valence and high arousal.

        Parameters
        ----------
        values, masks : mapping from modality to (B, T, F)
            Standardised; T at most the config's. A modality without any step, or missing, is
            replaced by its absent embedding, so that the other one decides.
        """
        return self.forward_without(values, masks, [()])[:, 0]

    def forward_without(
        self,
        values: Mapping[str, Tensor],
        masks: Mapping[str, Tensor],
        hidden: Sequence[Collection[str]],
    ) -> Tensor:
        """Return the logits with each of R choices of modalities hidden (B, R, 2).

        The backbones, which take most of the time, run once.
        """
        like = next(iter(values.values()))
        cut = {name: self._cut(name, values, masks, like) for name in self.read}
        tokens = {name: self.backbones[name](*pair) for name, pair in cut.items()}
        there = {name: mask.flatten(1).any(dim=1) for name, (_, mask) in cut.items()}  # (B C)
        each = [self._classify_without(tokens, there, names) for names in hidden]
        return torch.stack(each, dim=1)

    def _classify_without(
        self, tokens: Mapping[str, Tokens], there: Mapping[str, Tensor], names: Collection[str]
    ) -> Tensor:
        """Return logits (B, 2), where the modalities `names` are absent."""
        kept = {n: self._absent(n, x) if n in names else x for n, x in tokens.items()}
        pooled = torch.cat([self._pool(name, kept) for name in self.blocks], dim=-1)  # (B C, D)
        came = torch.stack([x & (n not in names) for n, x in there.items()]).any(dim=0)
        by_clip = pooled.view(-1, self.config.cuts(), pooled.shape[1])  # (B, C, D)
        logits: Tensor = self.head(_mean_tokens(by_clip, came))
        return logits

    def _absent(self, name: str, tokens: Tokens) -> Tokens:
        """Return the absent tokens of a modality, in the shapes of its own."""
        found, seen = tokens
        backbone = cast("Backbone", self.backbones[name])
        return backbone.absent.expand_as(found), None if seen is None else torch.ones_like(seen)

    def _cut(
        self, name: str, values: Mapping[str, Tensor], masks: Mapping[str, Tensor], like: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Return a modality's values and mask, padded and cut: (B, T, F) -> (B C, T / C, F)."""
        steps, cuts = self.config.steps(name), self.config.cuts()
        features = {VIDEO: self.config.video, PHYSIOLOGY: self.config.physiology}[name]
        if name not in values:
            empty = like.new_zeros(len(like) * cuts, steps, features)
            return empty, empty.bool()
        count = values[name].shape[1]
        if count > steps * cuts:
            raise ValueError(f"{name}: expected at most {steps * cuts} steps, got {count}")
        padding = (0, 0, 0, steps * cuts - count)
        padded = [functional.pad(x, padding) for x in (values[name], masks[name])]
        rows, mask = (x.reshape(-1, steps, features) for x in padded)
        return rows, mask

    def _pool(self, name: str, tokens: Mapping[str, Tokens]) -> Tensor:
        """Return the mean token (B C, D) of `name` after its blocks."""
        asking, own = tokens[name]
        asked, seen = tokens[VIDEO] if self.config.fusion == "cross" else (None, own)
        for block in cast("nn.ModuleList", self.blocks[name]):
            asking = block(asking, asking if asked is None else asked, seen)
        return asking.mean(dim=1) if own is None else _mean_tokens(asking, own)


def loss(logits: Tensor, targets: Tensor) -> Tensor:
    """Return the mean binary cross-entropy of logits and targets 0 or 1, (B, 2); NaN = unknown."""
    known = ~torch.isnan(targets)
    return functional.binary_cross_entropy_with_logits(logits[known], targets[known])


def example(
    config: Config, batch: int, generator: torch.Generator
) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """Return random values and masks of whole clips."""
    shapes = {
        VIDEO: (batch, config.video_steps, config.video),
        PHYSIOLOGY: (batch, config.physiology_steps, config.physiology),
    }
    values = {n: torch.randn(shape, generator=generator) for n, shape in shapes.items()}
    return values, {n: torch.ones_like(x, dtype=torch.bool) for n, x in values.items()}


def _pool_presence(present: Tensor, stride: int) -> Tensor:
    """Return (B, S): whether any of each `stride` steps (B, T) is present."""
    missing = -present.shape[1] % stride
    padded = functional.pad(present, (0, missing))
    return padded.view(len(present), -1, stride).any(dim=-1)


def _mean_tokens(tokens: Tensor, seen: Tensor) -> Tensor:
    """Return the mean (B, D) of the tokens (B, N, D) that take part, of all if none does."""
    seen = seen.reshape(tokens.shape[:2])
    weights = torch.where(seen.any(dim=1, keepdim=True), seen, True).to(tokens.dtype)
    return (tokens * weights[..., None]).sum(dim=1) / weights.sum(dim=1, keepdim=True)


def _make_time_layer(steps: int, tokens: int) -> nn.Linear:
    """Return the layer over time, S -> N, initialised so that each token is the mean of its share.

    From random weights it does not learn that a burst is the same at any time.
    """
    layer = nn.Linear(steps, tokens)
    share = torch.arange(steps) * tokens // steps == torch.arange(tokens)[:, None]  # (N, S)
    with torch.no_grad():
        layer.weight.copy_(share / share.sum(dim=1, keepdim=True).clamp(min=1))
        layer.bias.zero_()
    return layer


def _make_position_code(steps: int, width: int) -> Tensor:
    """Return sines and cosines of each step (S, D), as in Vaswani et al. 2017."""
    rates = torch.exp(-math.log(10_000.0) * torch.arange(0, width, 2) / width)  # (D / 2,)
    angles = torch.arange(steps)[:, None] * rates  # (S, D / 2)
    return torch.stack([angles.sin(), angles.cos()], dim=-1).flatten(1)[:, :width]
