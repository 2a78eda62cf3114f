"""VideoMAE on long clips of faces (paper 2, section 3.1), with its three kinds of pre-training.

For data sets on disk only: no Stream carries a picture, and nothing here reads one. `transformers`
is imported when a network is made. Weights come from a local folder, in safetensors; nothing is
downloaded or unpickled. It is not a live network and not in the registry.

Letters in shapes: B batch, T frames of a video, C clips of it, S side of a picture, N patches of
the 16 frames (tubelets), K outputs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

if TYPE_CHECKING:
    from transformers import VideoMAEConfig

CLIP_S, FRAMES = 4.0, 16
MASKED = 0.9

# Margin around the face on each side, relative to its size: paper 2's larger crop X holds the whole
# face while the head moves, and scored 7-9 % better than the smaller Y. Its size is our choice.
LARGER, SMALLER = 0.5, 0.0

# Colour means and deviations with which VideoMAE's published weights were trained.
MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)

Frames = NDArray[np.uint8]
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Shape:
    """Configuration of the network: S, patches, frames per tubelet, and both transformers."""

    side: int = 224
    patch: int = 16
    tubelet: int = 2
    width: int = 768
    layers: int = 12
    heads: int = 12
    decoder_width: int = 384
    decoder_layers: int = 4
    decoder_heads: int = 6

    @classmethod
    def paper(cls) -> Shape:
        """Return ViT-B, the paper's: 12 layers 768 wide, 87 M weights."""
        return cls()

    @classmethod
    def small(cls) -> Shape:
        """Return a configuration that one core can train: two layers, pictures of 64."""
        return cls(64, 16, 2, 96, 2, 4, 48, 1, 4)

    def config(self) -> VideoMAEConfig:
        """Return the same as a transformers config."""
        from transformers import VideoMAEConfig

        return VideoMAEConfig(
            image_size=self.side,
            patch_size=self.patch,
            num_frames=FRAMES,
            tubelet_size=self.tubelet,
            hidden_size=self.width,
            num_hidden_layers=self.layers,
            num_attention_heads=self.heads,
            intermediate_size=4 * self.width,
            decoder_hidden_size=self.decoder_width,
            decoder_num_hidden_layers=self.decoder_layers,
            decoder_num_attention_heads=self.decoder_heads,
            decoder_intermediate_size=4 * self.decoder_width,
        )


def sample_frames(frames: int, fps: float) -> NDArray[np.int64]:
    """Return the frames (C, 16) that represent each 4 s of a video of `frames` frames.

    They are evenly spaced in their 4 s; the remainder at the end is dropped, but a shorter video is
    one clip.
    """
    length = min(frames, round(CLIP_S * fps))
    if length < 1:
        raise ValueError(f"expected a frame or more, got {frames} at {fps} a second")
    inside = ((np.arange(FRAMES) + 0.5) * length / FRAMES).astype(np.int64)  # (16,)
    return np.asarray(np.arange(frames // length)[:, None] * length + inside, np.int64)


def face_box(points: NDArray[np.float64], margin: float = LARGER) -> tuple[float, float, float]:
    """Return top, left and side in pixels of one square for a whole clip.

    Parameters
    ----------
    points : (T, P, 2)
        x and y of each frame's facial landmarks, NaN if no face was found.
    margin : float
        `LARGER` or `SMALLER`.

    Raises
    ------
    ValueError
        If no frame has a face.
    """
    found = points.reshape(-1, 2)
    found = found[~np.isnan(found).any(axis=1)]
    if len(found) == 0:
        raise ValueError("expected landmarks of a face in one frame or more, got none")
    lo, hi = found.min(axis=0), found.max(axis=0)
    side = float((hi - lo).max()) * (1 + 2 * margin)
    left, top = (lo + hi) / 2 - side / 2
    return float(top), float(left), side


def crop(frames: Frames, box: tuple[float, float, float], side: int) -> Tensor:
    """Return the square of each frame as the network's input.

    Parameters
    ----------
    frames : (T, H, W, 3) uint8
    box : top, left and side
        Beyond the frame, its edge is repeated.

    Returns
    -------
    (T, 3, side, side) float32
    """
    top, left, length = box
    steps = (np.arange(side) + 0.5) * length / side - 0.5
    rows = np.clip(np.rint(top + steps), 0, frames.shape[1] - 1).astype(np.int64)
    columns = np.clip(np.rint(left + steps), 0, frames.shape[2] - 1).astype(np.int64)
    cut = frames[:, rows[:, None], columns]  # (T, S, S, 3)
    pixels = torch.from_numpy(cut).permute(0, 3, 1, 2).to(torch.float32) / 255
    mean, deviation = (torch.tensor(each)[:, None, None] for each in (MEAN, DEVIATION))
    return (pixels - mean) / deviation


def make_clips(
    frames: Frames, points: NDArray[np.float64], fps: float, side: int, margin: float = LARGER
) -> Tensor:
    """Return a video's clips (C, 16, 3, S, S), each cropped to its own face."""
    chosen = sample_frames(len(frames), fps)
    return torch.stack([crop(frames[c], face_box(points[c], margin), side) for c in chosen])


def mask_tubes(config: Any, batch: int, generator: torch.Generator) -> Tensor:
    """Return which patches are hidden (B, N): 90 % of the places, the same in all frames."""
    places = (config.image_size // config.patch_size) ** 2
    hidden = torch.zeros(batch, places, dtype=torch.bool)
    order = torch.rand(batch, places, generator=generator).argsort(dim=1)
    hidden.scatter_(1, order[:, : round(MASKED * places)], True)
    return hidden.repeat(1, config.num_frames // config.tubelet_size)


@dataclass(frozen=True, slots=True)
class VideoSource:
    """A data set on disk.

    Attributes
    ----------
    batches : callable
        Returns the batches of one pass: clips (B, 16, 3, S, S) and targets, in an order drawn from
        the generator. Targets are (B,) int64 of K classes, or (B, K) of 0 and 1 for levels, NaN
        unknown. For reconstruction they are ignored.
    outputs : int
        K.
    """

    batches: Callable[[torch.Generator], Iterable[tuple[Tensor, Tensor]]]
    outputs: int


@dataclass(frozen=True, slots=True)
class PretrainingPlan:
    """The data sets for reconstruction and for classification, before fine-tuning."""

    reconstruct: tuple[str, ...]
    classify: tuple[str, ...] = ()


def list_plans(
    target: str, other: str, general: str = "kinetics-400"
) -> dict[str, PretrainingPlan]:
    """Return the paper's three kinds of pre-training for `target`, with a second emotion data
    set.
    """
    return {
        "i": PretrainingPlan((general,)),
        "ii": PretrainingPlan((general, target, other)),
        "iii": PretrainingPlan((general,), (general, other)),
    }


@dataclass(frozen=True, slots=True)
class VideoMaeSchedule:
    """Passes over the data in each stage, and AdamW's step size; assumed, as the paper says
    little.
    """

    reconstruct: int = 10
    classify: int = 10
    tune: int = 10
    rate: float = 1e-4


class Branch(nn.Module):
    """VideoMAE's encoder, its tokens' normalised mean, and a head for each data set."""

    def __init__(self, encoder: nn.Module, width: int, outputs: Mapping[str, int]) -> None:
        super().__init__()
        self.encoder, self.norm = encoder, nn.LayerNorm(width)
        self.heads = nn.ModuleDict({n: nn.Linear(width, count) for n, count in outputs.items()})

    def forward(self, pixels: Tensor, head: str) -> Tensor:
        """Return logits (B, K) of unmasked clips (B, 16, 3, S, S)."""
        tokens: Tensor = self.encoder(pixels).last_hidden_state  # (B, N, width)
        logits: Tensor = self.heads[head](self.norm(tokens.mean(dim=1)))
        return logits

    def video(self, found: Tensor, head: str) -> Tensor:
        """Return logits (K,) of a whole video: the mean over its clips (C, 16, 3, S, S)."""
        logits: Tensor = self(found, head).mean(dim=0)
        return logits


def make_reconstructor(shape: Shape, folder: Path | None) -> Any:
    """Return encoder and decoder, untrained or with the weights in `folder`.

    Raises
    ------
    FileNotFoundError
        If `folder` is not a folder with config.json and model.safetensors.
    """
    from transformers import VideoMAEForPreTraining

    if folder is None:
        return VideoMAEForPreTraining(shape.config())
    for name in ("config.json", "model.safetensors"):
        if not (folder / name).is_file():
            raise FileNotFoundError(f"{folder}: expected VideoMAE's {name} there, got none")
    return VideoMAEForPreTraining.from_pretrained(
        str(folder), local_files_only=True, use_safetensors=True
    )


def learn(
    way: PretrainingPlan,
    target: str,
    sources: Mapping[str, VideoSource],
    *,
    shape: Shape,
    schedule: VideoMaeSchedule,
    seed: int,
    say: Say,
    folder: Path | None = None,
    known: Sequence[str] = (),
) -> Branch:
    """Return the branch fine-tuned on `target`.

    Parameters
    ----------
    folder : Path or None
        Initial weights; their config replaces `shape`.
    known : sequence of str
        Data sets that those weights were already pre-trained on; they are not read again.
    """
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    network = make_reconstructor(shape, folder)
    for name in (each for each in way.reconstruct if each not in known):
        say(f"reconstructing {name}")
        _train(
            network, _reconstruct(network, sources[name], schedule.reconstruct, generator), schedule
        )
    heads = {name: sources[name].outputs for name in dict.fromkeys((*way.classify, target))}
    branch = Branch(network.videomae, network.config.hidden_size, heads)
    for name, passes in ((n, schedule.classify) for n in way.classify):
        say(f"classifying {name}")
        _train(branch, _classify(branch, name, sources[name], passes, generator), schedule)
    say(f"fine-tuning on {target}")
    _train(branch, _classify(branch, target, sources[target], schedule.tune, generator), schedule)
    return branch.eval()


def loss(logits: Tensor, targets: Tensor) -> Tensor:
    """Return cross-entropy of classes (B,), or of the known levels (B, K)."""
    if targets.dim() == 1:
        return functional.cross_entropy(logits, targets)
    known = ~torch.isnan(targets)
    return functional.binary_cross_entropy_with_logits(logits[known], targets[known])


def _reconstruct(
    network: Any, source: VideoSource, passes: int, generator: torch.Generator
) -> Iterator[Tensor]:
    """Yield the reconstruction error of hidden tubes, batch by batch."""
    for _ in range(passes):
        for pixels, _ in source.batches(generator):
            mask = mask_tubes(network.config, len(pixels), generator)
            yield network(pixels, bool_masked_pos=mask).loss


def _classify(
    branch: Branch, name: str, source: VideoSource, passes: int, generator: torch.Generator
) -> Iterator[Tensor]:
    for _ in range(passes):
        for pixels, targets in source.batches(generator):
            yield loss(branch(pixels, name), targets)


def _train(network: nn.Module, losses: Iterable[Tensor], schedule: VideoMaeSchedule) -> None:
    network.train()
    optimiser = torch.optim.AdamW(network.parameters(), lr=schedule.rate, weight_decay=0.05)
    for each in losses:
        optimiser.zero_grad()
        each.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
